-- MediaTek phones over USB for Wireshark: boot ROM, preloader, download agents (legacy, xflash,
-- xml). The one file to load; it reads the others from its own folder. README.md says how to
-- install it.

-- Wireshark runs every .lua file under its plugin folders; the other files only return a function
-- then.
-- Each runs in an environment of its own, so what says that this one ran stands in _G.
if _G.mtk_dissector_is_loaded then return end
_G.mtk_dissector_is_loaded = true

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or ""
local mtk = {
  protocol = Proto("mtk", "MediaTek download protocols"),
  settings = { enabled = true, device = "", checksums = true },
}
local parts = {
  "numbers", "session", "record", "names", "names_xflash", "brom_exchanges", "brom", "agent",
  "agent_report", "agent_commands", "agent_stage2", "packets", "xflash", "xflash_values", "xml",
  "conversations", "fields", "show",
}
for _, part in ipairs(parts) do
  dofile(folder .. part .. ".lua")(mtk)
end

local protocol = mtk.protocol
protocol.prefs.enabled = Pref.bool("Recognise phones", true,
                                   "Whether bulk transfers are searched for MediaTek's protocols")
protocol.prefs.device = Pref.string("Device", "",
                                    "BUS.ADDRESS or ADDRESS of a device that is a phone")
protocol.prefs.checksums = Pref.bool("Check checksums", true,
                                     "Whether the checksums of data that a phone sent are computed")

local function read_settings()
  for name in pairs(mtk.settings) do mtk.settings[name] = protocol.prefs[name] end
end
protocol.prefs_changed = read_settings

function protocol.init()
  read_settings()
  mtk.reset()
end

local get = {
  bus = Field.new("usb.bus_id"), address = Field.new("usb.device_address"),
  endpoint = Field.new("usb.endpoint_address"), length = Field.new("usb.urb_len"),
  vendor = Field.new("usb.idVendor"), product = Field.new("usb.idProduct"),
  status = Field.new("usb.urb_status"), transfer = Field.new("usb.transfer_type"),
  urb = Field.new("usb.urb_id"), urb_type = Field.new("usb.urb_type"),
}
local bulk, in_progress, short_read, direction_in = 3, -115, -121, 0x80

local function value_of(name)
  local found = get[name]()
  return found and found.value
end

-- Tells one frame from another where numbers do not (conversations.lua).
local function identity(pinfo)
  return string.format("%d %s %.9f", pinfo.number, value_of("urb"), pinfo.abs_ts)
end

-- The frame whose data was given to dissect() last.
local dissected

-- Bulk data, of whatever interface.
local function dissect(buffer, pinfo, tree)
  if not mtk.settings.enabled then return false end
  local bus, address, endpoint = value_of("bus"), value_of("address"), value_of("endpoint")
  if not (address and endpoint) then return false end
  local captured = buffer:len()
  local length = math.max(captured, buffer:reported_len(), value_of("length") or 0)
  local direction = endpoint >= direction_in and mtk.PHONE or mtk.HOST
  local text = captured > 0 and buffer:raw(0, captured) or ""
  dissected = identity(pinfo)
  local record = mtk.record_of(pinfo.number, pinfo.visited, dissected, bus or 0, address,
                               direction, text, length)
  if not record then return false end
  mtk.show(record, buffer, pinfo, tree)
  return true
end

function protocol.dissector(buffer, pinfo, tree)
  return dissect(buffer, pinfo, tree) and buffer:len() or 0
end
protocol:register_heuristic("usb.bulk", dissect)
DissectorTable.get("usb.device"):add_for_decode_as(protocol)

-- Everything else of a phone: its descriptors, and transfers that failed.
local watcher = Proto("mtk_usb", "MediaTek phones on USB")
local function read_frame()
  local address = value_of("address")
  if not address then return nil end
  local vendor, product = value_of("vendor"), value_of("product")
  if vendor and product then return "ids", value_of("bus") or 0, address, vendor, product end
  local status = value_of("status")
  if status and status ~= 0 and status ~= in_progress and status ~= short_read
      and value_of("transfer") == bulk then
    return "failure", value_of("bus") or 0, address, status
  end
end

-- A transfer with data of which nothing was captured, so that nobody was asked to dissect it.
local submission, completion = 83, 67  -- S, C
local function dissect_unseen(pinfo, tree)
  local kind, endpoint, length = value_of("urb_type"), value_of("endpoint"), value_of("length")
  if value_of("transfer") ~= bulk or not length or length == 0 then return end
  local to_host = endpoint >= direction_in
  if kind ~= (to_host and completion or submission) then return end
  local this = identity(pinfo)
  if dissected == this then return end
  local record = mtk.record_of(pinfo.number, pinfo.visited, this, value_of("bus") or 0,
                               value_of("address"), to_host and mtk.PHONE or mtk.HOST, "", length)
  if record then mtk.show(record, nil, pinfo, tree) end
end

function watcher.dissector(_, pinfo, tree)
  if not mtk.settings.enabled then return end
  dissect_unseen(pinfo, tree)
  local note = mtk.note_of(pinfo.number, pinfo.visited, read_frame)
  if note then mtk.show_note(note, tree) end
end
register_postdissector(watcher)

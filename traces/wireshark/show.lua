-- Draws the record of a frame: the tree, the info column, expert infos. Changes nothing.

return function(mtk)
  local fields, experts, wide = mtk.fields, mtk.experts, mtk.wide_fields
  local numbers, titles = mtk.numbers, mtk.titles
  local most_said = 4
  local most_parts, longest_part = 8, 40

  -- A field as the line has it: "Value 0x1 (kind)", "Length 8".
  local function part(item)
    local value = item.value
    local text
    if item.missing then
      text = "?"
    elseif type(value) == "string" then
      text = numbers.printable(value, longest_part)
    else
      if type(value) == "table" then value = value[1] * 4294967296 + value[2] end
      text = mtk.decimal_fields[item.key] and string.format("%.0f", value) or numbers.hex(value)
    end
    return titles[item.key] .. " " .. text .. (item.note and " (" .. item.note .. ")" or "")
  end

  local function line(record)
    local texts = #record.said > 0 and record.said or record.murmured
    if #texts == 0 then
      -- Part of an answer: what it is of, and which parts.
      local parts = {}
      for _, item in ipairs(record.items) do
        if #parts == most_parts then
          table.insert(parts, "...")
          break
        end
        if item.key ~= "echo" then table.insert(parts, part(item)) end
      end
      return (record.command and record.command.name .. " " or "") .. table.concat(parts, ", ")
    end
    if #texts <= most_said then return table.concat(texts, "; ") end
    return table.concat(texts, "; ", 1, most_said - 1) .. "; ..."
  end

  local function as_field_value(item)
    if not wide[item.key] then return item.value end
    if type(item.value) == "table" then return UInt64.new(item.value[2], item.value[1]) end
    return UInt64.new(item.value % 4294967296, math.floor(item.value / 4294967296))
  end

  local function add(parent, item, buffer)
    local field = fields[item.key]
    local captured = buffer and buffer:len() or 0
    local range
    if item.offset and item.offset < captured and item.length > 0 then
      range = buffer(item.offset, math.min(item.length, captured - item.offset))
    end
    if item.missing then
      local text = item.key .. ": not captured"
      return range and parent:add(range, text) or parent:add(text)
    end
    local node
    if range then
      node = parent:add(field, range, as_field_value(item))
    else
      node = parent:add(field, as_field_value(item))
      if not item.offset then node:set_generated() end
    end
    if item.note then node:append_text(" (" .. item.note .. ")") end
    for _, frame in ipairs(item.frames or {}) do
      node:add(fields.segment, frame):set_generated()
    end
    return node
  end

  -- `buffer` is nil for a transfer of which nothing was captured.
  function mtk.show(record, buffer, pinfo, tree)
    pinfo.cols.protocol = "MTK"
    pinfo.cols.info = line(record)
    local title = "MediaTek, " .. (record.stage or "unknown stage")
    local root = buffer and tree:add(mtk.protocol, buffer(), title) or tree:add(mtk.protocol, title)
    root:add(fields.stage, record.stage or "unknown"):set_generated()
    if record.command then
      root:add(fields.command, record.command.name):set_generated()
      root:add(fields.command_frame, record.command.frame):set_generated()
    end
    local nodes = {}
    for index, item in ipairs(record.items) do nodes[index] = add(root, item, buffer) end
    for _, info in ipairs(record.experts or {}) do
      (nodes[info.item] or root):add_proto_expert_info(experts[info.kind], info.text)
    end
  end

  -- What a frame of another kind tells about a phone: that it came, or that a transfer failed.
  function mtk.show_note(note, tree)
    local root = tree:add(mtk.protocol, "MediaTek, " .. note.title)
    if note.loader then root:add(fields.loader, note.loader):set_generated() end
    if note.status then
      local node = root:add(fields.transfer_error, note.status):set_generated()
      node:add_proto_expert_info(experts.transfer, note.title)
    end
  end
end

-- Commands of the legacy agent's stage 2: section 7 of protocol/README.md, and writing commands
-- from bkerler/mtkclient. Commands without an exchange here are named, and what follows is shown as
-- bytes.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names, numbers = mtk.names, mtk.numbers
  local hex, size = numbers.hex, numbers.size
  local commands = {}

  local function hex4(value) return value and string.format("%04x", value) or "?" end
  local function name_of(list, value) return value and (list[value] or hex(value)) or "?" end

  -- Data with checksums, in packets that the other side acknowledges.
  local function transfer(session, direction, length, packet, acknowledge)
    local from = 0
    while from < length do
      local count = math.min(packet, length - from)
      local sum, whole = 0, true
      local got = session:stream(direction, count, "the data", function(piece, at)
        whole = whole and piece:complete()
        if whole and mtk.settings.checksums then sum = numbers.add_bytes(sum, piece.text) end
        session:put("data", piece, piece.length)
        session:murmur(string.format("data %s (%s of %s)", size(piece.length),
                                     size(from + at + piece.length), size(length)))
      end)
      if got < count then
        session:expert("missing", size(count - got) .. " of the data are missing")
      else
        local piece = session:take(direction, 2, "the checksum")
        local checksum = piece:be(0, 2)
        session:put("checksum", piece, checksum)
        session:say(string.format("data %s, checksum %s", size(count), hex4(checksum)))
        if whole and mtk.settings.checksums and checksum and checksum ~= sum then
          session:expert("checksum_error", string.format(
              "checksum of the data: %04x, sent was %04x", sum, checksum))
        end
      end
      from = from + count
      acknowledge(session, from)
    end
  end

  commands[0xd6] = function(session)  -- READ
    local piece = session:take(HOST, 18, "the range")
    session:put_be("host_os", piece, 0, 1)
    local storage = session:put_be("storage", piece, 1, 1, name_of(names.storage, piece:be(1, 1)))
    local address = session:put_be("addr", piece, 2, 8)
    local length = session:put_be("len", piece, 10, 8)
    session:say(string.format("READ %s %s +%s", name_of(names.storage, storage), hex(address),
                              size(length)))
    -- Some hosts send the packet length before they have read the answer.
    local packet, fine, answered
    while not (packet and answered) do
      if session:speaker() == HOST and not packet then
        packet = session:put_be("packet_len", session:take(HOST, 4, "packet length"), 0, 4)
        session:murmur("READ packet length " .. size(packet))
        if not packet or packet == 0 then session:lost("READ has no packet length") end
      elseif session:speaker() == PHONE and not answered then
        answered = true
        fine = session:mark(PHONE, "answer")
        if not fine then break end
      else
        session:lost("READ was not answered")
      end
    end
    if not fine then
      session:mark(HOST, "refusal", 0xa5)
      local _, text = session:agent_status("agent_status", session:take(PHONE, 4, "the reason"), 0)
      return session:say("READ refused: " .. text)
    end
    if not length then session:lost("the length of READ was not captured") end
    transfer(session, PHONE, length, packet, function() session:mark(HOST, "packet") end)
  end

  commands[0xdf] = function(session)  -- NAND_READPAGE (mtkclient)
    local piece = session:take(HOST, 15, "the range")
    session:put_be("host_os", piece, 0, 1)
    session:put_be("value", piece, 1, 1, "kind")
    session:put_be("value", piece, 2, 1, "address type")
    local address = session:put_be("addr", piece, 3, 4)
    local length = session:put_be("len", piece, 7, 4)
    session:say(string.format("NAND_READPAGE %s +%s", hex(address), size(length)))
    if not session:mark(PHONE, "answer") then return end
    local sizes = session:take(PHONE, 12, "the page's sizes")
    local page = session:put_be("value", sizes, 0, 4, "page size")
    local spare = session:put_be("value", sizes, 4, 4, "spare size")
    local packet = session:put_be("packet_len", sizes, 8, 4)
    session:put_be("count", session:take(HOST, 4, "the pages"), 0, 4)
    session:put_be("value", session:take(PHONE, 4, "the answer"), 0, 4)
    if not (length and packet and page and spare) or packet == 0 or page == 0 then
      session:lost("NAND_READPAGE has no sizes")
    end
    transfer(session, PHONE, length, packet, function() session:mark(HOST, "packet") end)
  end

  commands[0x60] = function(session)  -- SDMMC_SWITCH_PART
    if not session:mark(PHONE, "answer") then return end
    local piece = session:take(HOST, 1, "the part")
    local part = session:put_be("part", piece, 0, 1, name_of(names.parts, piece:be(0, 1)))
    session:say("SDMMC_SWITCH_PART to " .. name_of(names.parts, part))
    session:mark(PHONE, "part")
  end

  commands[0x70] = function(session)  -- USB_SETUP_PORT
    session:put_be("value", session:take(HOST, 1, "the speed"), 0, 1)
    if session:mark(PHONE, "answer") then session.facts.expects_enumeration = true end
  end

  commands[0x72] = function(session)  -- USB_CHECK_STATUS
    if not session:mark(PHONE, "answer") then return end
    local piece = session:take(PHONE, 1, "the speed")
    local speed = session:put_be("value", piece, 0, 1, name_of(names.speeds, piece:be(0, 1)))
    session:say("USB_CHECK_STATUS -> " .. name_of(names.speeds, speed))
  end

  local function read_register(width)
    return function(session)
      local address = session:put_be("addr", session:take(HOST, 4, "address"), 0, 4)
      session:murmur(session:in_command(hex(address)))
      local value = session:put_be("value", session:take(PHONE, width, "the value"), 0, width)
      if session:mark(PHONE, "answer") then
        session:say(session:in_command(hex(address) .. " -> " .. hex(value)))
      end
    end
  end
  commands[0x7a] = read_register(4)
  commands[0xd8] = read_register(2)

  local function write_register(width)
    return function(session)
      local address = session:put_be("addr", session:take(HOST, 4, "address"), 0, 4)
      local value = session:put_be("value_written", session:take(HOST, width, "value"), 0, width)
      session:say(session:in_command(hex(address) .. " = " .. hex(value)))
      session:mark(PHONE, "answer")
    end
  end
  commands[0x7b] = write_register(4)
  commands[0xd7] = write_register(2)

  commands[0xa5] = function(session)  -- SDMMC_READ_PMT
    if not session:mark(PHONE, "answer") then return end
    local length = session:put_be("len", session:take(PHONE, 4, "the length"), 0, 4)
    session:say("SDMMC_READ_PMT -> a table of " .. size(length))
    session:mark(HOST, "length")
    if not length then session:lost("the length of the table was not captured") end
    session:stream(PHONE, length, "the table", function(piece, from)
      session:put("data", piece, piece.length)
      session:murmur(string.format("partition table, %s of %s", size(from + piece.length),
                                   size(length)))
    end)
    session:mark(HOST, "table")
  end

  commands[0xd9] = function(session)  -- FINISH
    if not session:mark(PHONE, "answer") then return end
    local mode = session:put_be("value", session:take(HOST, 4, "the mode"), 0, 4)
    session:say("FINISH, " .. (mode == 0 and "power off" or mode == 1 and "reboot" or
        "mode " .. hex(mode)))
    session:mark(PHONE, "mode")
  end

  commands[0xdb] = function(session)  -- ENABLE_WATCHDOG
    local piece = session:take(HOST, 8, "the time-out")
    local timeout = session:put_be("value", piece, 0, 4, "ms")
    session:put_bytes("value_bytes", piece:part(4, 4), "async, boot up, download bit, keep clock")
    session:say("ENABLE_WATCHDOG " .. (timeout and timeout .. " ms" or "?"))
    session:mark(PHONE, "answer")
  end

  commands[0x62] = function(session)  -- SDMMC_WRITE_DATA (mtkclient)
    local piece = session:take(HOST, 22, "the range")
    session:put_be("storage", piece, 0, 1, name_of(names.xflash_storage, piece:be(0, 1)))
    local part = session:put_be("part", piece, 1, 1, name_of(names.parts, piece:be(1, 1)))
    local address = session:put_be("addr", piece, 2, 8)
    local length = session:put_be("len", piece, 10, 8)
    local packet = session:put_be("packet_len", piece, 18, 4)
    session:say(string.format("SDMMC_WRITE_DATA %s %s +%s", name_of(names.parts, part),
                              hex(address), size(length)))
    if not session:mark(PHONE, "answer") then return end
    if not length or not packet or packet == 0 then session:lost("no length to write") end
    if length > 0 then session:mark(HOST, "packet") end
    transfer(session, HOST, length, packet, function(_, from)
      if not session:mark(PHONE, "packet", 0x69) then session:lost("the phone refuses the data") end
      if from < length then session:mark(HOST, "packet") end
    end)
  end

  commands[0xd4] = function(session)  -- FORMAT (mtkclient)
    local piece = session:take(HOST, 20, "the range")
    session:put_be("storage", piece, 0, 1, name_of(names.storage, piece:be(0, 1)))
    session:put_bytes("value_bytes", piece:part(1, 3), "erase, validation, address type")
    local address = session:put_be("addr", piece, 4, 8)
    local length = session:put_be("len", piece, 12, 8)
    session:say(string.format("FORMAT %s +%s", hex(address), size(length)))
    if not session:mark(PHONE, "answer") then return end
    while true do
      if not session:mark(PHONE, "progress") then return end
      session:put_be("value", session:take(PHONE, 4, "the phase"), 0, 4)
      local percent = session:put_be("value", session:take(PHONE, 1, "the progress"), 0, 1)
      session:say(string.format("FORMAT %s %%", percent or "?"))
      session:mark(HOST, "progress")
      if percent == 100 or percent == nil then break end
      session:mark(PHONE, "progress")
    end
    session:mark(PHONE, "end")
    session:mark(PHONE, "end")
  end

  mtk.agent_commands = commands
end

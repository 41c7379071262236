-- What follows the command byte of boot ROM and preloader, command by command: section 3 of
-- protocol/README.md. Those that are not here are named, and their answers shown as bytes.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names, numbers = mtk.names, mtk.numbers
  local hex, size = numbers.hex, numbers.size
  local exchanges = {}
  mtk.exchanges = exchanges

  local function hex4(value) return value and string.format("%04x", value) or "?" end

  exchanges[0xfd] = function(session)  -- GET_HW_CODE
    local piece = session:take(PHONE, 2, "the hw code")
    local code = session:put_be("hw_code", piece, 0, 2)
    local _, text = session:status()
    if code then session.facts.hw_code = code end
    session:say(session:in_command("-> " .. hex4(code) .. ", " .. text))
  end

  exchanges[0xfc] = function(session)  -- GET_HW_SW_VER
    local piece = session:take(PHONE, 6, "the versions")
    local sub = session:put_be("hw_sub_code", piece, 0, 2)
    local hw = session:put_be("hw_version", piece, 2, 2)
    local sw = session:put_be("sw_version", piece, 4, 2)
    local _, text = session:status()
    session:say(session:in_command(string.format("-> sub %s, hw %s, sw %s, %s", hex4(sub),
                                                 hex4(hw), hex4(sw), text)))
  end

  exchanges[0xfe] = function(session)  -- GET_BL_VER
    local piece = session:take(PHONE, 1, "the version")
    local version = session:put_be("version", piece, 0, 1)
    if version == 0xfe then
      session.facts.loader = "BROM"
      session:say("GET_BL_VER -> fe, a BROM")
    elseif version then
      session.facts.loader = "preloader"
      session:say(string.format("GET_BL_VER -> preloader %02x", version))
    end
  end

  exchanges[0xff] = function(session)  -- GET_VERSION
    local piece = session:take(PHONE, 1, "the version")
    local version = session:put_be("version", piece, 0, 1)
    session:say("GET_VERSION -> " .. (version and string.format("%02x", version) or "?"))
  end

  exchanges[0xd8] = function(session)  -- GET_TARGET_CONFIG
    local piece = session:take(PHONE, 4, "the flags")
    local flags = session:put_be("config", piece, 0, 4)
    local set = {}
    for bit, name in ipairs(names.target_config) do
      if flags and bit32.btest(flags, 2 ^ (bit - 1)) then table.insert(set, name) end
    end
    local _, text = session:status()
    local secured = flags and (#set > 0 and table.concat(set, ", ") or "nothing secured") or "?"
    session:say(session:in_command("-> " .. secured .. ", " .. text))
  end

  local function identity(session)  -- GET_ME_ID, GET_SOC_ID
    local length = session:put_be("len", session:take(PHONE, 4, "the length"), 0, 4)
    if not length then session:lost("the length was not captured") end
    session:put_bytes("id", session:take(PHONE, length, "the id"))
    local _, text = session:status()
    session:say(session:in_command(string.format("-> %d bytes, %s", length, text)))
  end
  exchanges[0xe1] = identity
  exchanges[0xe7] = identity

  exchanges[0xfb] = function(session)  -- GET_PL_CAP
    local piece = session:take(PHONE, 8, "the capabilities")
    session:put_bytes("value_bytes", piece)
    session:say(session:in_command("-> " .. numbers.digits(piece.text)))
  end

  -- Reads of registers. Old forms have no status, and no more than one value is shown in the line.
  local function read_registers(width, has_status)
    return function(session)
      local address = session:argument("addr", 4, "address")
      local count = session:argument("count", 4, "count")
      if not count then session:lost("the count was not captured") end
      local what = session:in_command(hex(address) .. " x" .. count)
      if has_status then
        local _, text, fine = session:status("the first status")
        if not fine then return session:say(what .. " -> " .. text) end
      end
      local first
      session:stream(PHONE, count * width, "the values", function(piece, from)
        if from == 0 then first = piece:be(0, width) end
        if count == 1 and piece.length == width then
          session:put_be("value", piece, 0, width)
        else
          session:put_bytes("value_bytes", piece:part(0, math.min(piece.length, 64)))
        end
        session:murmur(what .. " " .. size(piece.length) .. " of values")
      end)
      local text = first and "-> " .. string.format("%0" .. 2 * width .. "x", first) or "-> ?"
      if has_status then text = text .. ", " .. select(2, session:status()) end
      session:say(what .. " " .. text)
    end
  end
  exchanges[0xd0] = read_registers(2, true)
  exchanges[0xd1] = read_registers(4, true)
  exchanges[0xa2] = read_registers(2, false)
  exchanges[0xaf] = read_registers(4, false)

  local function write_registers(width, has_status, echoed)
    return function(session)
      local address = session:argument("addr", 4, "address")
      local count = session:argument("count", 4, "count")
      if not count then session:lost("the count was not captured") end
      local what = session:in_command(hex(address) .. " x" .. count)
      if has_status then
        local _, text, fine = session:status("the first status")
        if not fine then return session:say(what .. " -> " .. text) end
      end
      local value
      for _ = 1, count do
        if echoed then
          value = session:argument("value_written", width, "value")
        else
          value = session:put_be("value_written", session:take(HOST, width, "a value"), 0, width)
        end
      end
      local text = "= " .. (value and string.format("%0" .. 2 * width .. "x", value) or "?")
      if has_status then text = text .. ", " .. select(2, session:status()) end
      session:say(what .. " " .. text)
    end
  end
  exchanges[0xd2] = write_registers(2, true, true)
  exchanges[0xd3] = write_registers(2, true, false)
  exchanges[0xd4] = write_registers(4, true, true)
  exchanges[0xa1] = write_registers(2, false, true)
  exchanges[0xae] = write_registers(4, false, true)

  -- What SEND_DA, SEND_CERT and SEND_AUTH end with: the data, and the phone's checksum of it.
  local function upload(session, length, what)
    local words, whole = { 0, 0 }, true
    local sent = session:stream(HOST, length, "the data", function(piece, from)
      whole = whole and piece:complete()
      if whole then numbers.xor_words(words, from, piece.text) end
      session:put("data", piece, piece.length)
      session:murmur(string.format("%s data %s (%s of %s)", what, size(piece.length),
                                   size(from + piece.length), size(length)))
    end)
    if sent < length then
      session:expert("missing", size(length - sent) .. " of the data are missing")
      whole = false
    end
    local piece = session:take(PHONE, 2, "the checksum")
    local checksum = piece:be(0, 2)
    session:put("checksum", piece, checksum)
    local computed = words[2] * 256 + words[1]
    if whole and checksum and checksum ~= computed then
      session:expert("checksum_error", string.format(
          "checksum of the data: %04x, sent was %04x", computed, checksum))
    end
    local _, text, fine = session:status()
    session:say(what .. " checksum " .. hex4(checksum) .. ", " .. text)
    return fine
  end

  exchanges[0xd7] = function(session)  -- SEND_DA
    local address = session:argument("addr", 4, "address")
    local length = session:argument("len", 4, "length")
    local signature = session:argument("sig_len", 4, "signature length")
    local status, text, fine = session:status()
    session:say(session:in_command(string.format("%s +%s, signature %s -> %s", hex(address),
                                                 size(length), hex(signature), text)))
    -- After SLA the host sends the agent without asking again.
    if status == 0x1d0d then session.facts.loaded_length = length end
    if fine and length then upload(session, length, "SEND_DA") end
  end

  local function send_blob(session)  -- SEND_CERT, SEND_AUTH
    local length = session:argument("len", 4, "length")
    local _, text, fine = session:status()
    session:say(session:in_command(size(length) .. " -> " .. text))
    if fine and length then upload(session, length, session.command.name) end
  end
  exchanges[0xe0] = send_blob
  exchanges[0xe2] = send_blob

  local function after_jump(session, address, fine, text)
    session:say(session:in_command(hex(address) .. " -> " .. text))
    if fine then session.mode = "agent_start" end
  end

  exchanges[0xd5] = function(session)  -- JUMP_DA
    local address = session:argument("addr", 4, "address")
    local _, text, fine = session:status()
    after_jump(session, address, fine, text)
  end

  exchanges[0xde] = function(session)  -- JUMP_DA64
    local address = session:argument("addr", 4, "address")
    session:argument("count", 1, "width")
    local _, text, fine = session:status()
    after_jump(session, address, fine, text)
  end

  exchanges[0xd6] = function(session)  -- JUMP_BL
    local _, first, fine = session:status()
    local text = fine and select(2, session:status()) or first
    session:say(session:in_command("-> " .. text))
  end

  exchanges[0xdb] = function(session)  -- UART1_LOG_EN
    session:say(session:in_command("-> " .. select(2, session:status())))
  end

  exchanges[0xdc] = function(session)  -- UART1_SET_BAUDRATE
    session:put_be("value", session:take(HOST, 4, "the rate"), 0, 4)
    session:say(session:in_command("-> " .. select(2, session:status())))
  end

  -- REGISTER_ACCESS: an odd mode writes. Exploits leave the last status unread: what they ran
  -- answers next, or the host goes on.
  exchanges[0xda] = function(session)
    local mode = session:argument("value", 4, "mode")
    local address = session:argument("addr", 4, "address")
    local length = session:argument("len", 4, "length")
    local what = session:in_command(hex(address) .. " +" .. size(length))
    local _, text, fine = session:status("the first status")
    if not fine then return session:say(what .. " -> " .. text) end
    if not length or not mode then session:lost("the mode or the length was not captured") end
    local writes = mode % 2 == 1
    if writes then session:expert("register_write", what .. " is written") end
    session:stream(writes and HOST or PHONE, length, "the data", function(data)
      session:put("data", data, data.length)
      session:murmur(what .. " data " .. size(data.length))
    end)
    if session:speaker() == HOST then return end
    local high = session:peek(PHONE):byte(1)
    if high and high ~= 0x00 and high ~= 0x1d and high ~= 0x70 then return end
    _, text, fine = session:status()
    session:say(what .. (fine and ", done" or " -> " .. text))
  end

  exchanges[0xc8] = function(session)  -- CACHE_CONTROL
    local action = session:argument("value", 1, "action")
    session:put_bytes("value_bytes", session:take(PHONE, 1, "the answer"))
    session:say(session:in_command(hex(action) .. " -> " .. select(2, session:status())))
  end

  exchanges[0xe5] = function(session)  -- CMD_E5
    session:argument("value", 4, "value")
    session:say(session:in_command("-> " .. select(2, session:status())))
  end

  local function log(has_status)  -- BROM_DEBUGLOG, GET_BROM_LOG_NEW
    return function(session)
      local length = session:put_be("len", session:take(PHONE, 4, "the length"), 0, 4)
      if not length then session:lost("the length was not captured") end
      session:stream(PHONE, length, "the log", function(data)
        session:put("data", data, data.length)
        session:murmur(session:in_command("log " .. size(data.length)))
      end)
      local text = has_status and ", " .. select(2, session:status()) or ""
      session:say(session:in_command("-> " .. size(length) .. text))
    end
  end
  exchanges[0xdd] = log(false)
  exchanges[0xdf] = log(true)

  -- SLA: a challenge, and the length of the response, which hosts send little-endian (mtkclient).
  exchanges[0xe3] = function(session)
    local _, text, fine = session:status()
    if not fine then return session:say("SLA -> " .. text) end
    local length = session:put_be("len", session:take(PHONE, 4, "the length"), 0, 4)
    if not length then session:lost("the length was not captured") end
    session:put_bytes("challenge", session:take(PHONE, length, "the challenge"))
    session:say(string.format("SLA challenge of %d bytes", length))
    local answer = session:take(HOST, 4, "the response's length")
    local answer_length = session:put_le("len", answer, 0, 4)
    if not answer_length then session:lost("the response's length was not captured") end
    session:murmur("SLA response of " .. numbers.bytes(answer_length))
    session:put_bytes("echo", session:take(PHONE, 4, "the echo of the length"))
    session:murmur("SLA response's length echoed")
    _, text, fine = session:status()
    if not fine then return session:say("SLA -> " .. text) end
    session:put_bytes("response", session:take(HOST, answer_length, "the response"))
    session:murmur("SLA response")
    _, text, fine = session:status()
    session:say("SLA -> " .. text)
    local pending = session.facts.loaded_length
    session.facts.loaded_length = nil
    if fine and pending then upload(session, pending, "SEND_DA after SLA") end
  end
end

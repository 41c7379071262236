-- What the packets of xflash mean: section 6 of the wire facts, writing commands from mtkclient and
-- penumbra. A host's packet is a command, one of the packets that belong to it, or an
-- acknowledgement; a phone's is a status or data. Position tells which, nothing in them does.

return function(mtk)
  local HOST = mtk.HOST
  local names, numbers = mtk.names, mtk.numbers
  local hex, size = numbers.hex, numbers.size
  local sync = 0x434e5953
  local device_control = 0x010009

  local function title(session) return session.xflash.title or "xflash" end

  -- The packets that a host sends after a command, in order; the last may come again and again.

  local function parameters(session, piece)
    if piece then session:put_bytes("configuration", piece) end
    session:say(title(session) .. " parameters")
  end

  local function range(session, piece)
    if not piece or piece.length < 24 then return parameters(session, piece) end
    local storage = piece:le(0, 4)
    session:put_le("storage", piece, 0, 4, names.xflash_storage[storage])
    local part = session:put_le("part", piece, 4, 4, names.parts[piece:le(4, 4)])
    local address = session:put_le("addr", piece, 8, 8)
    local length = session:put_le("len", piece, 16, 8)
    session.xflash.length, session.xflash.done = length, 0
    local where = storage and names.xflash_storage[storage] or "?"
    if part and storage == 1 then where = where .. " " .. (names.parts[part] or part) end
    session:say(string.format("%s %s %s +%s", title(session), where, hex(address), size(length)))
  end

  local function target(session, piece)
    if not piece or piece.length < 16 then return parameters(session, piece) end
    local address = session:put_le("addr", piece, 0, 8)
    local length = session:put_le("len", piece, 8, 8)
    session:say(string.format("%s %s +%s", title(session), hex(address), size(length)))
  end

  local function data(session, piece, length)
    if piece then session:put("data", piece, piece.length) end
    session:say(title(session) .. " data " .. size(length))
  end

  local function number(what)
    return function(session, piece)
      if not piece or (piece.length ~= 4 and piece.length ~= 8) then
        return parameters(session, piece)
      end
      local value = session:put_le("value", piece, 0, piece.length, what)
      session:say(string.format("%s %s %s", title(session), what, hex(value)))
    end
  end

  local function partition(session, piece)
    local name = piece and numbers.printable(piece.text, 64) or "?"
    session:put("partition", piece, name)
    session:say(title(session) .. " " .. name)
  end

  local function control(session, piece)
    local code = piece and piece:le(0, 4)
    local name = code and (names.xflash_control[code] or hex(code)) or "?"
    session:put("control", piece, code, name)
    session.xflash.control, session.xflash.title = code, "DEVICE_CTRL " .. name
    session.xflash.answers = 0
    local writes = names.xflash_writes[code]
    if writes then
      session:put("writes", nil, writes)
      session:expert(writes == "register" and "register_write" or "flash_write",
                     name .. " changes the phone: " .. writes)
    end
    session:say(session.xflash.title)
  end

  local writing = { number("word"), number("checksum"), data }
  local host_packets = {
    [0x010001] = { partition, number("length"), number("word"), number("checksum"), data },
    [0x010002] = { partition },
    [0x010003] = { range },
    [0x010004] = { range, writing[1], writing[2], writing[3], again = 2 },
    [0x010005] = { range },
    [0x010006] = { partition },
    [0x010007] = { parameters },
    [0x010008] = { target, data },
    [0x010009] = { control, parameters },
    [0x01000a] = { number("length"), data },
    [0x01000b] = { number("USB ids") },
    [0x010100] = { parameters },
    [0x010101] = { number("configuration") },
  }

  local function begin(session, piece, code)
    session.xflash = { code = code, sent = 0, answers = 0, title = names.xflash[code] }
    session:begin(piece, code, names.xflash[code], names.xflash_writes[code])
    session:say(names.xflash[code])
    if code == 0x01000b then session.facts.expects_enumeration = true end
  end

  -- A getter has no parameters, so what follows its code is an acknowledgement or a command.
  local function wants_packet(state)
    if not host_packets[state.code] then return nil end
    if state.code == device_control and state.sent == 1
        and (state.control == nil or bit32.rshift(state.control, 16) ~= 2) then
      return nil
    end
    return host_packets[state.code][state.sent + 1]
  end

  local function from_host(session, piece, length)
    local state = session.xflash
    local word = piece and length == 4 and piece:le(0, 4)
    if word == sync then
      session.command = nil
      session:put("sync", piece, word)
      return session:say("SYNC")
    end
    local takes = wants_packet(state)
    if names.xflash[word] and not (takes == data) then return begin(session, piece, word) end
    if takes then
      state.sent = state.sent + 1
      local list = host_packets[state.code]
      takes(session, piece, length)
      if list.again and state.sent == #list then state.sent = list.again - 1 end
    elseif word == 0 then
      session:put("status", piece, 0, "acknowledged")
      session:murmur(title(session) .. " ack")
    else
      parameters(session, piece)
    end
  end

  -- A status of the phone.
  local function status(session, piece)
    local state = session.xflash
    local value = piece and piece:le(0, math.min(piece.length, 4))
    local name = value and (names.xflash_status[value] or string.format("%x", value))
    if value == sync then
      session:put("sync", piece, value)
      return session:say("SYNC")
    end
    session:put("status", piece, value, name)
    local waiting = value and bit32.rshift(value, 16) == 0x4004
    if value and value ~= 0 and not waiting then
      session:expert("status_error", title(session) .. ": " .. name)
    end
    if value == 0 or waiting then
      session:say(title(session) .. " -> " .. name)
    else
      session:say(string.format("%s -> error %x%s", title(session), value or 0,
                                names.xflash_status[value] and " (" .. name .. ")" or ""))
    end
    state.failed = value ~= nil and value ~= 0 and not waiting
  end

  local function is_status(state, length)
    if length ~= 4 and length ~= 2 then return false end
    if state.code == device_control then
      -- Status of the command, status of the code, then the value of a getter, and its status.
      local group = state.control and bit32.rshift(state.control, 16)
      return state.sent ~= 1 or state.failed or state.answers ~= 1
          or (group ~= 4 and group ~= 8 and group ~= 0xe)
    end
    -- Data as short as a status: only behind the statuses that READ_DATA begins with.
    return not (state.code == 0x010005 and state.length == length and state.answers >= 3)
  end

  local function from_phone(session, piece, length)
    local state = session.xflash
    local as_status = is_status(state, length)
    state.answers = state.answers + 1
    if as_status then return status(session, piece) end
    if state.code == device_control then return mtk.xflash_value(session, piece, length) end
    if piece then session:put("data", piece, piece.length) end
    if state.length then
      state.done = state.done + length
      session:say(string.format("data %s (%s of %s)", size(length), size(state.done),
                                size(state.length)))
    elseif state.code == 0x010002 and length == 8 and piece then  -- UPLOAD
      state.length, state.done = session:put_le("len", piece, 0, 8), 0
      session:say(title(session) .. " -> " .. size(state.length))
    else
      session:say(title(session) .. " data " .. size(length))
    end
  end

  -- `payload` is nil for data that was too long to be kept.
  function mtk.xflash_packet(session, direction, payload, length)
    session.xflash = session.xflash or { sent = 0, answers = 0 }
    if direction == HOST then
      from_host(session, payload, length)
    else
      from_phone(session, payload, length)
    end
  end
end

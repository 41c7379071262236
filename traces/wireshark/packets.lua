-- The packets of xflash and xml: u32 magic, u32 type, u32 length, all little-endian, then the
-- payload. Each direction is framed by itself, because log messages of the phone come at any time.
-- Sections 6 and 7 of the wire facts; what the packets mean is in xflash.lua and xml.lua.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names, numbers, Piece = mtk.names, mtk.numbers, mtk.Piece
  local size = numbers.size
  local magic = "\xef\xee\xee\xfe"
  local header_length = 12
  -- Longer payloads are data, and not kept; longer packets make no sense.
  local longest_kept, longest_packet = 65536, 0x10000000

  mtk.packet_magic = magic

  -- Whether a transfer begins with a header that makes sense.
  function mtk.is_packet(text)
    if text:sub(1, 4) ~= magic then return false end
    local kind, length = numbers.little_endian(text, 4, 4), numbers.little_endian(text, 8, 4)
    return (kind == 1 or kind == 2) and length ~= nil and length <= longest_packet
  end

  local function message(session, payload, length)
    local text = payload and payload.text or ""
    -- In front of the text stands its priority, as a number (mtkclient).
    if #text >= 4 and text:find("^[%z\1-\31]") then text = text:sub(5) end
    local shown = numbers.printable(text, 200)
    session:put("message", payload, shown)
    session:murmur("log: " .. numbers.printable(text, 60))
  end

  local function complete(session, direction, framing)
    local payload, length = framing.payload, framing.length
    framing.header, framing.remaining, framing.payload = nil, nil, nil
    if framing.kind == 2 then return message(session, payload, length) end
    local head = payload and payload.text or framing.head
    local is_xml = mtk.is_xml_text(head)
    if is_xml then session.facts.xml = true end
    session.stage = session.facts.xml and "xml" or "xflash"
    if session.facts.xml then
      mtk.xml_packet(session, direction, payload, length, is_xml)
    else
      mtk.xflash_packet(session, direction, payload, length)
    end
  end

  -- A packet of one side that never ended.
  local function cut_short(session, framing, whose)
    session:expert("missing", string.format("%s of the %s's packet are missing",
                                            size(framing.remaining), whose))
    framing.header, framing.remaining, framing.payload = nil, nil, nil
  end

  local function no_packet(session, direction, text)
    if (direction == PHONE and mtk.is_ready(text)) or (direction == HOST and text == "\xa0") then
      session.mode, session.framing = "brom", nil
      return
    end
    session:put_raw(direction, "not a packet")
    session:expert("unexpected", "no packet begins like this")
  end

  local function header(session, direction, framing, text)
    if not framing.header then
      local seen = math.min(#text, 4)
      if seen == 0 or text:sub(1, seen) ~= magic:sub(1, seen) then
        return no_packet(session, direction, text)
      end
      framing.header = Piece.empty()
    end
    local piece = framing.header
    Piece.append(piece, session:take_some(direction, header_length - piece.length))
    if piece.length < header_length then
      session:put("fragment", piece, piece.length, "of a packet's header")
      session:murmur("part of a packet's header")
      return
    end
    if not mtk.is_packet(piece.text) then
      framing.header = nil
      session:put("raw", piece, piece.length, "not a header")
      session:expert("unexpected", "a packet's header makes no sense")
      if session:peek(direction) then session:put_raw(direction, "not a packet") end
      return
    end
    session:put_le("packet_magic", piece, 0, 4)
    framing.kind = session:put_le("packet_type", piece, 4, 4, names.xflash_types[piece:le(4, 4)])
    framing.length = session:put_le("packet_length", piece, 8, 4)
    local facing = session.framing[direction == HOST and PHONE or HOST]
    if framing.kind == 1 and facing.remaining and facing.remaining > 0 then
      cut_short(session, facing, direction == HOST and "phone" or "host")
    end
    framing.remaining, framing.head = framing.length, ""
    framing.payload = framing.length <= longest_kept and Piece.empty() or nil
    if framing.length == 0 then
      complete(session, direction, framing)
    elseif session:pending(direction) == 0 then
      session:murmur("packet of " .. size(framing.length))
    end
  end

  local function payload(session, direction, framing, text)
    if mtk.is_packet(text) and session:at_start(direction) then
      cut_short(session, framing, direction)
      return
    end
    local piece = session:take_some(direction, framing.remaining)
    framing.remaining = framing.remaining - piece.length
    if framing.payload then
      Piece.append(framing.payload, piece)
    else
      if framing.head == "" then framing.head = piece.text:sub(1, 8) end
      session:put("data", piece, piece.length)
    end
    if framing.remaining == 0 then return complete(session, direction, framing) end
    local done = framing.length - framing.remaining
    if framing.payload then
      session:put("fragment", piece, piece.length, "of a packet's payload")
    end
    session:murmur(string.format("packet's data %s (%s of %s)", size(piece.length), size(done),
                                 size(framing.length)))
  end

  function mtk.modes.packets(session)
    if not session.framing then session.framing = { [HOST] = {}, [PHONE] = {} } end
    session.stage = session.facts.xml and "xml" or "xflash"
    local direction = session:speaker()
    local framing = session.framing[direction]
    local text = session:peek(direction)
    if framing.remaining then
      payload(session, direction, framing, text)
    else
      header(session, direction, framing, text)
    end
  end
end

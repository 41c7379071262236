-- What parsers note about the frame that is being fed: fields, texts for the info column, experts.
-- Pure Lua; show.lua draws it.

return function(mtk)
  local Session = mtk.Session
  local most_frames = 16
  -- A transfer with more than this is noise, or has a hole where lengths should be.
  local most_items = 2000
  -- Of what is not understood so many bytes are shown: marks and numbers.
  local most_raw = 8

  -- Notes a field. `key` is one of fields.lua, `piece` the bytes it stands for (nil: it is
  -- derived), `value` what they mean (nil: they were not captured), `note` goes behind it in
  -- brackets.
  function Session:put(key, piece, value, note)
    local record = self.record
    local item = { key = key, value = value, note = note, missing = value == nil }
    for _, place in ipairs(piece and piece.places or {}) do
      if place.serial == self.serial then
        item.offset = item.offset or place.offset
        item.length = (item.length or 0) + place.length
      else
        item.frames = item.frames or {}
        local count = #item.frames
        if count < most_frames and item.frames[count] ~= place.frame then
          item.frames[count + 1] = place.frame
        end
      end
    end
    record.stage = record.stage or self.stage
    local command = self.command
    if command and command.serial ~= self.serial and not record.command then
      record.command = command
    end
    table.insert(record.items, item)
    if #record.items > most_items and self.parsing then
      self:lost("a transfer with more than " .. most_items .. " fields", true)
    end
    return item
  end

  -- n bytes of a piece as a field: a number, or two halves for 64 bits.
  function Session:put_be(key, piece, offset, n, note)
    local part = piece:part(offset, n)
    local value
    if n == 8 then
      local high, low = part:be(0, 4), part:be(4, 4)
      value = high and low and { high, low }
    else
      value = part:be(0, n)
    end
    self:put(key, part, value, note)
    return part:be(0, n)
  end

  function Session:put_le(key, piece, offset, n, note)
    local part = piece:part(offset, n)
    local value
    if n == 8 then
      local low, high = part:le(0, 4), part:le(4, 4)
      value = high and low and { high, low }
    else
      value = part:le(0, n)
    end
    self:put(key, part, value, note)
    return part:le(0, n)
  end

  -- Bytes that are shown as such.
  function Session:put_bytes(key, piece, note)
    self:put(key, piece, piece:complete() and mtk.numbers.digits(piece.text) or nil, note)
  end

  -- A command begins. `writes` says what it would change, if it changes anything.
  function Session:begin(piece, code, name, writes)
    self.command = { code = code, name = name, frame = self.frame, serial = self.serial }
    if code then self:put("cmd", piece, code, name) end
    self:put("cmd_name", not code and piece or nil, name)
    if writes then
      self:put("writes", nil, writes)
      self:expert(writes == "register" and "register_write" or "flash_write",
                  name .. " changes the phone: " .. writes)
    end
  end

  function Session:in_command(text)
    return self.command and self.command.name .. " " .. text or text
  end

  -- For the info column. Murmurs are shown only in frames where nothing is said.
  function Session:say(text) table.insert(self.record.said, text) end
  function Session:murmur(text) table.insert(self.record.murmured, text) end

  -- An expert info of that kind (fields.lua) at the field noted last.
  function Session:expert(kind, text)
    local record = self.record
    record.experts = record.experts or {}
    table.insert(record.experts, { kind = kind, text = text, item = #record.items })
  end

  -- Puts a whole transfer that has no meaning here.
  function Session:put_raw(direction, text)
    local piece = self:take_chunk(direction)
    self:put("raw", piece, piece.length, text)
    local shown = text .. ", " .. mtk.numbers.bytes(piece.length)
    if piece.length <= most_raw and piece:complete() then
      self:put_bytes("raw_bytes", piece)
      shown = shown .. ": " .. mtk.numbers.digits(piece.text)
    end
    self:murmur(shown)
    return piece
  end
end

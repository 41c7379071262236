-- Integers in strings of bytes, checksums, and how numbers are written for people. Pure Lua.
--
-- Lua 5.2 has doubles only, exact up to 2^53. Values of 64 bits are read as two halves where they
-- are shown, and as one number where they are counted with.

return function(mtk)
  local numbers = {}
  local byte, format, floor = string.byte, string.format, math.floor

  -- The n bytes of `text` behind `offset` (from 0), most significant first; nil if not all are
  -- there.
  function numbers.big_endian(text, offset, n)
    if offset + n > #text then return nil end
    local value = 0
    for i = 1, n do value = value * 256 + byte(text, offset + i) end
    return value
  end

  function numbers.little_endian(text, offset, n)
    if offset + n > #text then return nil end
    local value = 0
    for i = n, 1, -1 do value = value * 256 + byte(text, offset + i) end
    return value
  end

  -- Adds the bytes of `text` to `sum`, modulo 65536: the checksum of the legacy agent's data.
  function numbers.add_bytes(sum, text)
    local length = #text
    local position = 1
    while position + 15 <= length do
      local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p = byte(text, position, position + 15)
      sum = sum + a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p
      position = position + 16
    end
    for at = position, length do sum = sum + byte(text, at) end
    return sum % 65536
  end

  -- Exclusive-ors the bytes of `text`, the first of which has index `index` (from 0) in the whole,
  -- into the two halves of `words`: the checksum of SEND_DA over little-endian words.
  function numbers.xor_words(words, index, text)
    local xor = bit32.bxor
    local even, odd = words[1], words[2]
    if index % 2 == 1 then even, odd = odd, even end
    local length = #text
    local position = 1
    while position + 15 <= length do
      local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p = byte(text, position, position + 15)
      even = xor(even, a, c, e, g, i, k, m, o)
      odd = xor(odd, b, d, f, h, j, l, n, p)
      position = position + 16
    end
    for at = position, length do
      if at % 2 == 1 then even = xor(even, byte(text, at)) else odd = xor(odd, byte(text, at)) end
    end
    if index % 2 == 1 then even, odd = odd, even end
    words[1], words[2] = even, odd
  end

  -- 0x1d80000, for any number that 8 bytes can hold.
  function numbers.hex(value)
    if value == nil then return "?" end
    if value < 4294967296 then return format("0x%x", value) end
    return format("0x%x%08x", floor(value / 4294967296) % 4294967296, value % 4294967296)
  end

  local units = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" }
  function numbers.size(value)
    if value == nil then return "?" end
    local unit = "B"
    for _, larger in ipairs(units) do
      if value < 1024 then break end
      value, unit = value / 1024, larger
    end
    if value == floor(value) then return format("%d %s", value, unit) end
    return format("%.1f %s", value, unit)
  end

  function numbers.bytes(count) return count == 1 and "1 byte" or count .. " bytes" end

  function numbers.digits(text)
    return (text:gsub(".", function(character) return format("%02x", byte(character)) end))
  end

  -- What can be shown of a text that came over the wire.
  function numbers.printable(text, limit)
    local clean = text:gsub("%z+$", ""):gsub("[^\32-\126]+", " "):gsub(" $", "")
    if #clean > limit then clean = clean:sub(1, limit - 3) .. "..." end
    return clean
  end

  mtk.numbers = numbers
end

-- What the getters of xflash's DEVICE_CTRL return: section 6 of the wire facts, and mtkclient.

return function(mtk)
  local numbers = mtk.numbers
  local size = numbers.size
  local values = {}

  local regions = { "boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4", "user" }

  values[0x040001] = function(session, piece)  -- GET_EMMC_INFO
    session:put_le("storage", piece, 0, 4)
    session:put_le("block_size", piece, 4, 4)
    local user
    for index, region in ipairs(regions) do
      user = session:put_le("emmc_" .. region, piece, 8 * index, 8)
    end
    session:put_bytes("cid", piece:part(72, 16))
    return piece:le(0, 4) == 0 and "none" or "user area " .. size(user)
  end

  values[0x040004] = function(session, piece)  -- GET_UFS_INFO
    session:put_le("storage", piece, 0, 4)
    session:put_le("block_size", piece, 4, 4)
    local user = session:put_le("ufs_lu2", piece, 8, 8)
    session:put_le("ufs_lu1", piece, 16, 8)
    session:put_le("ufs_lu0", piece, 24, 8)
    session:put_bytes("cid", piece:part(32, 16))
    return piece:le(0, 4) == 0 and "none" or "LU 2 " .. size(user)
  end

  values[0x040007] = function(session, piece)  -- GET_PACKET_LENGTH
    local write = session:put_le("packet_len", piece, 0, 4, "write")
    local read = session:put_le("packet_len", piece, 4, 4, "read")
    return "write " .. size(write) .. ", read " .. size(read)
  end

  values[0x040009] = function(session, piece)  -- GET_PARTITION_TBL_CATA
    local kind = session:put_le("value", piece, 0, 4)
    return kind == 0x64 and "GPT" or kind == 0x65 and "PMT" or numbers.hex(kind)
  end

  values[0x04000d] = function(session, piece)  -- GET_CHIP_ID
    local code = session:put_le("hw_code", piece, 0, 2)
    session:put_le("hw_sub_code", piece, 2, 2)
    session:put_le("hw_version", piece, 4, 2)
    session:put_le("sw_version", piece, 6, 2)
    return code and string.format("%04x", code) or "?"
  end

  local shortest = { [0x040001] = 96, [0x040004] = 48, [0x040007] = 8, [0x040009] = 4,
                     [0x04000d] = 8 }

  -- Texts, and everything else.
  local function other(session, piece)
    local text = piece.text:gsub("%z+$", "")
    if piece:complete() and #text > 0 and not text:find("[^\32-\126]") then
      session:put("text", piece, text)
      return numbers.printable(text, 60)
    end
    session:put_bytes("value_bytes", piece:part(0, math.min(piece.length, 64)))
    return size(piece.length)
  end

  function mtk.xflash_value(session, piece, length)
    local control, said = session.xflash.control, size(length)
    if piece then
      local decode = values[control]
      if not decode or piece.length < shortest[control] then decode = other end
      said = decode(session, piece)
    end
    session:say(session.xflash.title .. " -> " .. said)
  end
end

-- What the packets of xml mean: section 7 of the wire facts; names and arguments from mtkclient and
-- penumbra. Payloads are texts, or the data of a file that one side asked the other for.

return function(mtk)
  local HOST = mtk.HOST
  local names, numbers = mtk.names, mtk.numbers
  local size = numbers.size
  local most_arguments = 32

  function mtk.is_xml_text(text)
    return text:find("^<%?xml") ~= nil or text:find("^%s*<[dh][ao]s?t?>") ~= nil
        or text:find("^OK%z") ~= nil or text == "OK" or text:find("^OK[@!]") ~= nil
        or text:find("^ERR!") ~= nil
  end

  -- Fields for the arguments that other protocols have, too.
  local function put_number(session, key, value)
    local digits = value:match("^0x(%x+)$")
    if not digits or #digits > 16 then return end
    digits = ("0"):rep(16 - #digits) .. digits
    session:put(key, nil, { tonumber(digits:sub(1, 8), 16), tonumber(digits:sub(9), 16) })
  end

  local keys = { offset = "addr", at_address = "addr", base_address = "addr", length = "len",
                 partition = "partition" }
  local silent = { version = true, command = true }

  -- Notes the arguments, and returns those worth a place in the line.
  local function arguments(session, text)
    local found, count = {}, 0
    for tag, value in text:gmatch("<([%w_]+)>([^<>]*)</%1>") do
      count = count + 1
      if count > most_arguments then break end
      if not silent[tag] then
        local shown = numbers.printable(value, 200)
        session:put("xml_arg", nil, tag .. " = " .. shown)
        found[tag] = shown
        if keys[tag] == "partition" then
          session:put("partition", nil, shown)
        elseif keys[tag] then
          put_number(session, keys[tag], value)
        end
      end
    end
    local line = {}
    for _, tag in ipairs({ "partition", "key", "info", "at_address", "base_address", "offset",
                           "length", "result" }) do
      if found[tag] and #found[tag] > 0 then
        local number = tonumber(found[tag])
        table.insert(line, tag == "length" and number and "+" .. size(number)
            or numbers.printable(found[tag], 40))
      end
    end
    return found, #line > 0 and " " .. table.concat(line, " ") or ""
  end

  local function show_text(session, direction, piece)
    local text = piece.text
    local name = text:match("<command>CMD:([%w%-_]+)</command>")
    if not name then
      local shown = numbers.printable(text, 80)
      session:put("text", piece, numbers.printable(text, 1000))
      if text:find("^ERR!") then
        session:expert("status_error", shown)
        session:say(session:in_command(shown))
      else
        session:murmur(session:in_command(shown))
      end
      return
    end
    if direction == HOST then
      session:begin(piece, nil, name, names.xml_writes[name])
      if name == "CAN-HIGHER-USB-SPEED" then session.facts.expects_enumeration = true end
    end
    session:put("xml_command", piece, "CMD:" .. name)
    local found, line = arguments(session, text)
    session:say("CMD:" .. name .. line)
    if direction ~= HOST and name == "START" then session.command = nil end
    if name == "END" and found.result and found.result ~= "OK" then
      session:expert("status_error", "CMD:END " .. found.result
          .. (found.message and ": " .. found.message or ""))
    end
  end

  -- `payload` is nil for data that was too long to be kept.
  function mtk.xml_packet(session, direction, payload, length, is_text)
    if payload and is_text then return show_text(session, direction, payload) end
    if payload then session:put("data", payload, payload.length) end
    session:say(session:in_command("data " .. size(length)))
  end
end

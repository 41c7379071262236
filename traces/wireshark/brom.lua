-- The handshake, and the commands of boot ROM and preloader: sections 2 and 3 of
-- protocol/README.md.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names, numbers = mtk.names, mtk.numbers
  local Session = mtk.Session
  local exchanges = mtk.exchanges
  local hex = numbers.hex
  local magic = "\xef\xee\xee\xfe"

  local function stage_name(session) return session.facts.loader or "BROM or preloader" end

  -- What a legacy agent begins with on a phone with eMMC: sync, and that there is no NAND.
  mtk.agent_greeting = "\xc0\x00\x00\x0b\xc4"

  -- A text of READY, whole or cut anywhere.
  function mtk.is_ready(text)
    return #text > 0 and ("READYREADY"):find(text:sub(1, 5), 1, true) ~= nil
        and not text:find("[^READY]")
  end

  -- Event by event: hosts send the four bytes singly or at once, and repeat the first.
  local expected = { 0xa0, 0x0a, 0x50, 0x05 }

  -- Goes on from `sent` bytes of the host, of which the phone has answered `answered`.
  function mtk.handshake(session, sent, answered)
    session.stage = "handshake"
    session.command = nil
    while answered < 4 do
      if session:speaker() == HOST then
        local code = session:peek(HOST):byte(1)
        if code == nil or (code ~= expected[sent + 1] and code ~= 0xa0) then return end
        if code == 0xa0 then sent, answered = 0, 0 end
        session:put("handshake", session:take_some(HOST, 1), code)
        sent = sent + 1
        session:murmur(string.format("handshake %02x", code))
      else
        local text = session:peek(PHONE)
        local code, ready = text:byte(1), text:match("^[READY]+")
        if code and answered < sent and code == 255 - expected[answered + 1] then
          answered = answered + 1
          session:put("handshake", session:take_some(PHONE, 1), code, "answer")
          session:murmur(string.format("handshake answer %02x", code))
        elseif ready then
          session:put("ready", session:take_some(PHONE, #ready), ready)
          session:murmur("READY")
        elseif code and names.marks[code] and sent > 0 and answered == 0 then
          session:put("mark", session:take_some(PHONE, 1), code, names.marks[code])
          session:expert("resync", "an agent of an earlier session answers")
          session.mode = "stage2"
          return
        else
          session:put("handshake", session:take_chunk(PHONE), code, "wrong answer")
          session:expert("wrong_answer", "not the complement; the handshake starts over")
          sent, answered = 0, 0
        end
      end
    end
    session:say("handshake done")
    session.unsure = false
    session.facts.loaded_length = nil
  end

  -- What a phone says unasked.
  local function unasked(session)
    local text = session:peek(PHONE)
    if mtk.is_ready(text) then
      session.stage = "handshake"
      session.facts.loader = "preloader"
      local piece = session:take_chunk(PHONE)
      session:put("ready", piece, piece.text)
      session:say("READY")
    elseif text:sub(1, 4) == magic then
      session.mode = "packets"
    elseif text:sub(1, 5) == mtk.agent_greeting then
      session.mode = "agent_start"
    else
      session:put_raw(PHONE, "unexpected bytes of the phone")
      session:expert("unexpected", "the phone was not asked for anything")
    end
  end

  -- Noted, not understood: what the phone answers until the host speaks again.
  local function unknown_answer(session)
    while session:speaker() == PHONE do session:put_raw(PHONE, session:in_command("answer")) end
  end

  local function check_echo(session, sent, what)
    local echo = session:take(PHONE, sent.length, "the echo of " .. what)
    if sent:complete() and echo:complete() and echo.text ~= sent.text then
      session:put_bytes("echo", echo, "differs")
      session:lost(string.format("%s: %s came instead of the echo %s", what,
                                 numbers.digits(echo.text), numbers.digits(sent.text)))
    end
    session:put_bytes("echo", echo)
    session:murmur(session:in_command(what .. " echoed"))
  end

  -- An argument of n bytes that the phone sends back. Returns its value.
  function Session:argument(key, n, what)
    local piece = self:take(HOST, n, what)
    local value = self:put_be(key, piece, 0, n)
    self:murmur(self:in_command(what .. " " .. hex(value)))
    check_echo(self, piece, what)
    return value
  end

  -- A status of two bytes. Returns it, and how it is said.
  function Session:status(what)
    local piece = self:take(PHONE, 2, what or "the status")
    local value = piece:be(0, 2)
    local text = "status not captured"
    if value then
      text = value <= 0xff and "ok" or names.status[value]
          and string.format("error %04x (%s)", value, names.status[value])
          or string.format("error %04x", value)
    end
    self:put("status", piece, value, text)
    if value and value > 0xff then self:expert("status_error", self:in_command(text)) end
    return value, text, value == nil or value <= 0xff
  end

  local function command(session)
    local piece = session:take_some(HOST, 1)
    local code = piece:be(0, 1)
    session.stage = stage_name(session)
    session:begin(piece, code, names.download_mode[code], names.download_mode_writes[code])
    session:murmur(session.command.name)
    if code ~= 0xfe and code ~= 0xff then check_echo(session, piece, "command") end
    local exchange = exchanges[code]
    if exchange then exchange(session) else unknown_answer(session) end
    session.unsure = false
    session.command = nil
  end

  -- A host's first bytes that begin no command.
  local function no_command(session)
    session.command = nil
    session:put_raw(HOST, "not a command")
    session:expert("unexpected", "no command of boot ROM or preloader begins like this")
  end

  mtk.modes = {}
  function mtk.modes.brom(session)
    session.stage = session.stage or stage_name(session)
    if session:speaker() == PHONE then return unasked(session) end
    local text, length = session:peek(HOST)
    local code = text:byte(1)
    if text:sub(1, 4) == magic then
      session.mode = "packets"
    elseif code == 0xa0 then
      mtk.handshake(session, 0, 0)
    elseif names.download_mode[code] and not (session.unsure and length > 1) then
      command(session)
    else
      no_command(session)
    end
  end
end

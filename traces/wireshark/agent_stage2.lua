-- The loop over commands of a legacy agent's stage 2, and finding out what a phone talks where the
-- capture began in the middle.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names = mtk.names
  local magic = "\xef\xee\xee\xfe"

  -- Until a command that is known follows an answer. Arguments of commands whose exchange is not
  -- known are more than a byte, or were not answered.
  local function unknown_exchange(session)
    local answered = false
    while true do
      local speaker = session:speaker()
      local text, length = session:peek(speaker)
      if speaker == HOST then
        if text:sub(1, 4) == magic then return end
        if answered and length == 1 and names.agent[text:byte(1)] then return end
        answered = false
        session:put_raw(HOST, session:in_command("data"))
      else
        if mtk.is_ready(text) then return end
        local piece = session:put_raw(PHONE, session:in_command("answer"))
        answered = piece:complete() and names.marks[piece.text:byte(-1)] ~= nil
        if piece.text == "\xbb" or piece.text == "\xa5" then
          session:expert("status_error", session:in_command(names.marks[piece.text:byte(1)]))
          return
        end
      end
    end
  end

  local function command(session)
    local piece = session:take_some(HOST, 1)
    local code = piece:be(0, 1)
    -- The first byte of a handshake is a command here; only the answer tells.
    if code == 0xa0 and session:starts_with(PHONE, "\x5f") then
      session.mode = "brom"
      session:put("handshake", piece, code)
      return mtk.handshake(session, 1, 0)
    end
    session:begin(piece, code, names.agent[code], names.agent_writes[code])
    session:murmur(session.command.name)
    if mtk.agent_commands[code] then
      mtk.agent_commands[code](session)
    else
      unknown_exchange(session)
    end
    session.unsure = false
    session.command = nil
  end

  function mtk.modes.stage2(session)
    session.stage = "DA stage 2"
    local speaker = session:speaker()
    local text, length = session:peek(speaker)
    if text:sub(1, 4) == magic then
      session.mode = "packets"
    elseif speaker == PHONE then
      if mtk.is_ready(text) or text == "\x5f" then
        session.mode = "brom"
      elseif text:sub(1, 5) == mtk.agent_greeting then
        session.mode = "agent_start"
      else
        session:put_raw(PHONE, "unexpected bytes of the phone")
        session:expert("unexpected", "the phone was not asked for anything")
      end
    elseif text:byte(1) == 0xa0 and session:pending(PHONE) == 0 and length == 1 then
      session:wait_for_answer(1)
      command(session)
    elseif names.agent[text:byte(1)] and not (session.unsure and length > 22) then
      command(session)
    else
      session.command = nil
      local piece = session:put_raw(HOST, "not a command")
      if piece.text ~= "\x5a" then
        session:expert("unexpected", "no command of the agent begins like this")
      end
    end
  end

  -- Waits until the phone has spoken, or the host has sent more than `most` bytes.
  function mtk.Session:wait_for_answer(most)
    while self:pending(PHONE) == 0 and self:pending(HOST) <= most do
      self:idle("the answer will tell what it is")
    end
  end

  -- Nothing is known: what a host's byte is answered with tells what the phone is.
  function mtk.modes.unknown(session)
    session.stage = "unknown"
    local speaker = session:speaker()
    local text = session:peek(speaker)
    if text:sub(1, 4) == magic then
      session.mode = "packets"
    elseif speaker == PHONE then
      if mtk.is_ready(text) then
        session.mode = "brom"
      elseif text:sub(1, 5) == mtk.agent_greeting then
        session.mode = "agent_start"
      else
        session:put_raw(PHONE, "not understood yet")
      end
    elseif text == "\xa0" then
      session.mode = "brom"
    else
      session:wait_for_answer(256)
      local answer = session:peek(PHONE)
      local first = answer and answer:byte(1)
      if first and first == text:byte(1) and names.download_mode[first] then
        session.mode = "brom"
      elseif first and names.marks[first] and names.agent[text:byte(1)] then
        session.mode = "stage2"
      else
        session:put_raw(HOST, "not understood yet")
      end
    end
  end
end

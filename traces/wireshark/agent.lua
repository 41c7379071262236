-- The legacy agent's start: sync, greeting, stage-2 configuration, DRAM set-up and the upload of
-- stage 2. Section 5 of protocol/README.md.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names, numbers = mtk.names, mtk.numbers
  local Session = mtk.Session
  local hex, size = numbers.hex, numbers.size
  local magic = "\xef\xee\xee\xfe"
  local most_nand_ids = 256

  -- A mark of one byte, such as 5a. Returns whether it is the one that is good.
  function Session:mark(direction, what, good)
    if direction == HOST then
      while self:pending(HOST) == 0 and self:pending(PHONE) == 0 do self:idle() end
      local head = self:peek(HOST)
      if head and #head > 0 and not names.marks[head:byte(1)] then
        self:lost(string.format("%s: %02x came instead of 5a", what, head:byte(1)))
      end
    end
    local piece = self:take(direction, 1, what)
    local code = piece:be(0, 1)
    local name = code and (names.marks[code] or string.format("%02x", code)) or "not captured"
    self:put("mark", piece, code, name)
    self:murmur(self:in_command(what .. ": " .. name))
    if code and code ~= (good or 0x5a) and direction == PHONE then
      self:expert("status_error", self:in_command(what .. ": " .. name))
    end
    return code == nil or code == (good or 0x5a), code
  end

  -- A status of four bytes of the agent.
  function Session:agent_status(key, piece, offset)
    local value = piece:be(offset, 4)
    local name = value and (names.agent_status[value] or string.format("%x", value))
    self:put(key, piece:part(offset, 4), value, name)
    return value, name or "?"
  end

  local function nand_ids(session)
    local count = session:put_be("count", session:take(PHONE, 2, "the number of NAND ids"), 0, 2)
    if not count then session:lost("the number of NAND ids was not captured") end
    if count > most_nand_ids then session:lost(count .. " NAND ids make no sense") end
    if count > 0 then session:put_bytes("nand_ids", session:take(PHONE, 2 * count, "NAND ids")) end
  end

  -- After the jump: whoever speaks, and how, tells which agent it is.
  function mtk.modes.agent_start(session)
    session.stage = "DA stage 1"
    local speaker = session:speaker()
    local text = session:peek(speaker)
    if text:sub(1, 4) == magic then
      session.mode = "packets"
    elseif speaker == HOST then
      session.mode = text:byte(1) == 0xa0 and "brom" or "unknown"
    elseif text:byte(1) == 0xc0 then
      session:put("sync", session:take_some(PHONE, 1), 0xc0)
      session:say("DA sync")
      local next_speaker = session:speaker()
      if session:starts_with(next_speaker, magic) then
        session.mode = "packets"
      else
        session.mode = next_speaker == PHONE and "stage1" or "unknown"
      end
    elseif mtk.is_ready(text) then
      session.mode = "brom"
    else
      session:put_raw(PHONE, "neither sync nor packet")
      session:expert("unexpected", "an agent begins with c0, or with a packet")
    end
  end

  local function greeting(session)
    -- MT6573's agent goes on with its versions at once.
    local head = session:peek(PHONE)
    if head:byte(1) ~= 0 then return false end
    local _, nand = session:agent_status("nand_status", session:take(PHONE, 4, "NAND status"), 0)
    nand_ids(session)
    local piece = session:take(PHONE, 20, "eMMC status and CID")
    local _, emmc = session:agent_status("emmc_status", piece, 0)
    session:put_bytes("cid", piece:part(4, 16))
    session:say(string.format("NAND %s, eMMC %s", nand, emmc == "ok" and "found" or emmc))
    session:mark(HOST, "greeting")
    return true
  end

  local function configuration(session)
    local piece = session:take(HOST, 18, "the stage-2 configuration")
    session:put_be("version", piece, 0, 1, "boot ROM")
    session:put_be("version", piece, 1, 1, "preloader")
    session:put_bytes("configuration", piece)
    session:say("stage-2 configuration")
    while session:speaker() == HOST do
      local more = session:take_chunk(HOST)
      session:put_bytes("configuration", more, "for this chip")
      session:murmur("stage-2 configuration for this chip")
    end
  end

  -- By version of the settings: what the phone sends before the length, and whether the host
  -- repeats it.
  local function dram_settings(session, version)
    if version == 0x0a or version == 0x0b then
      session:put_bytes("value_bytes", session:take(PHONE, 16, "DRAM information"))
    end
    local length = session:put_be("len", session:take(PHONE, 4, "the settings' length"), 0, 4)
    session:mark(HOST, "DRAM settings' length")
    if version == 0 or (version >= 0x0f and session.facts.hw_code ~= 0x8127) then
      length = session:put_be("len", session:take(HOST, 4, "the settings' length"), 0, 4)
    end
    if not length then session:lost("the length of the settings was not captured") end
    session:stream(HOST, length, "the settings", function(data)
      session:put("data", data, data.length)
      session:murmur("DRAM settings, " .. size(data.length))
    end)
    local sum = session:put_be("checksum", session:take(PHONE, 2, "the checksum"), 0, 2)
    session:say(string.format("DRAM settings %s, checksum %s", size(length),
                              sum and string.format("%04x", sum) or "?"))
    session:mark(HOST, "checksum of the settings")
    session:put_be("value", session:take(HOST, 4, "the go"), 0, 4)
    local piece = session:take(PHONE, 14, "the DRAM's result")
    local _, text = session:agent_status("agent_status", piece, 0)
    session:put_be("ram_size", piece, 6, 8)
    session:say("DRAM set up: " .. text)
    if version == 0x0d then
      session:put_bytes("value_bytes", session:take(PHONE, 20, "DRAM values"))
    end
  end

  local function dram_setup(session)
    local piece = session:take(PHONE, 24, "eMMC and NAND status")
    session:agent_status("emmc_status", piece, 0)
    session:put_bytes("cid", piece:part(4, 16))
    session:agent_status("nand_status", piece, 20)
    nand_ids(session)
    session:say("the agent wants DRAM settings")
    local code = session:take(HOST, 1, "ENABLE_DRAM")
    session:begin(code, code:be(0, 1), "ENABLE_DRAM")
    local settings = session:take(HOST, 4, "the version")
    local version = session:put_be("version", settings, 0, 4, "settings")
    session:murmur("ENABLE_DRAM, settings of version " .. hex(version))
    local fine = session:mark(PHONE, "answer")
    if version == 0xffffffff then version = 0 end
    if fine and version then dram_settings(session, version) end
    session.command = nil
  end

  local function upload_stage2(session)
    local piece = session:take(HOST, 12, "address and lengths of stage 2")
    local address = session:put_be("addr", piece, 0, 4)
    local length = session:put_be("len", piece, 4, 4)
    local packet = session:put_be("packet_len", piece, 8, 4)
    session:say(string.format("stage 2 to %s, %s in packets of %s", hex(address), size(length),
                              size(packet)))
    if not length or not packet or packet == 0 then session:lost("no length of stage 2") end
    session:mark(PHONE, "stage 2")
    local from = 0
    while from < length do
      local count = math.min(packet, length - from)
      local got = session:stream(HOST, count, "stage 2", function(data, at)
        session:put("data", data, data.length)
        session:murmur(string.format("stage 2 data %s (%s of %s)", size(data.length),
                                     size(from + at + data.length), size(length)))
      end)
      if got < count then
        session:expert("missing", size(count - got) .. " of stage 2 are missing")
      end
      from = from + count
      session:mark(PHONE, "stage 2 packet")
    end
    -- Both sides send 5a; hosts differ in whether they wait for the phone's.
    local marks = {}
    while not (marks[HOST] and marks[PHONE]) do
      local speaker = session:speaker()
      if marks[speaker] then break end
      marks[speaker] = true
      session:mark(speaker, "start of stage 2")
    end
    session.mode = "report"
  end

  function mtk.modes.stage1(session)
    session.stage = "DA stage 1"
    greeting(session)
    local piece = session:take(PHONE, 3, "the agent's version")
    local major = session:put_be("version", piece, 0, 1, "major")
    local minor = session:put_be("version", piece, 1, 1, "minor")
    session:put_be("version", piece, 2, 1, "baseband chip")
    session:say(major and minor and string.format("agent %d.%d", major, minor) or "agent's version")
    configuration(session)
    local status, text = session:agent_status("agent_status", session:take(PHONE, 4, "DRAM"), 0)
    session:say("DRAM: " .. text)
    if status == 0xbc3 then
      session:expert("status_error", "DRAM does not work")
      dram_setup(session)
    end
    while session:speaker() == PHONE do  -- five more words on MT6592
      session:put_bytes("value_bytes", session:take_chunk(PHONE))
      session:murmur("DRAM information")
    end
    upload_stage2(session)
  end
end

-- One conversation with a phone: the bytes of both directions that have not been understood yet,
-- and the coroutine that understands them. Pure Lua; whoever feeds it is conversations.lua.
--
-- The protocol has no framing, and a transfer may hold any part of a message or several of them. So
-- transfers are put into two queues, one a direction, and parsers take out as many bytes as they
-- want, waiting inside the coroutine until there are so many. What a parser finds is noted in the
-- record of the frame that is being fed, which is the one where a message completes. A record never
-- changes once its frame is done, and points backwards only: so every pass over a capture shows the
-- same.
--
-- Bytes may be missing: a transfer may be longer than what was captured of it, and whole transfers
-- may have been lost. The first gives pieces whose values are nil; the second makes a parser call
-- lost(), after which the session starts anew at the next command of the host.

return function(mtk)
  local numbers = mtk.numbers
  local HOST, PHONE = "host", "phone"
  mtk.HOST, mtk.PHONE = HOST, PHONE
  local other = { [HOST] = PHONE, [PHONE] = HOST }

  -- How far the other side may run ahead of an answer: hosts send arguments before a phone has
  -- echoed the command, but no phone speaks before it is asked.
  local ahead = { [HOST] = 0, [PHONE] = 256 }
  local longest_piece = 65536

  -- A stretch of the stream. Its places are in transfers, which are known by their serial numbers:
  -- under a read filter, numbers of frames are not unique.
  -- `text` is what was captured of it, from its start up to the first hole.
  local Piece = {}
  Piece.__index = Piece

  function Piece:be(offset, n) return numbers.big_endian(self.text, offset, n) end
  function Piece:le(offset, n) return numbers.little_endian(self.text, offset, n) end
  function Piece:complete() return #self.text == self.length end

  function Piece:part(offset, n)
    local part = setmetatable({ text = self.text:sub(offset + 1, offset + n), length = n,
                                places = {} }, Piece)
    local at = 0
    for _, place in ipairs(self.places) do
      local from = math.max(offset, at)
      local to = math.min(offset + n, at + place.length)
      if from < to then
        table.insert(part.places, { frame = place.frame, serial = place.serial,
                                    offset = place.offset + from - at, length = to - from })
      end
      at = at + place.length
    end
    return part
  end

  -- Joins b, which follows in the stream, to a.
  local function append(a, b)
    if #a.text == a.length then a.text = a.text .. b.text end
    a.length = a.length + b.length
    for _, place in ipairs(b.places) do table.insert(a.places, place) end
  end

  local function empty_piece()
    return setmetatable({ text = "", length = 0, places = {} }, Piece)
  end

  local Session = {}
  Session.__index = Session

  -- `facts` is what is known of the phone: hw_code, loader ("BROM", "preloader"), and so on.
  function Session.new(mode, facts)
    local session = setmetatable({
      mode = mode, facts = facts or {}, consumed = 0, serial = 0,
      queues = { [HOST] = { first = 1, last = 0, bytes = 0 },
                 [PHONE] = { first = 1, last = 0, bytes = 0 } },
    }, Session)
    session:start()
    return session
  end

  function Session:start()
    self.command = nil
    self.wanted = nil
    self.coroutine = coroutine.create(function()
      while true do mtk.modes[self.mode](self) end
    end)
  end

  -- Feeds a transfer of `length` bytes of which `text` was captured, and returns the frame's
  -- record.
  function Session:feed(frame, direction, text, length)
    local record = { items = {}, said = {}, murmured = {} }
    self.frame, self.record = frame, record
    self.serial = self.serial + 1
    local queue = self.queues[direction]
    queue.last = queue.last + 1
    queue.bytes = queue.bytes + length
    local chunk = { frame = frame, text = text, length = length, position = 0,
                    serial = self.serial }
    queue[queue.last] = chunk
    self:resume()
    if chunk.position < chunk.length then self:note_rest(direction, chunk) end
    record.stage = record.stage or self.stage
    self.record = nil
    return record
  end

  function Session:resume()
    while true do
      self.parsing = true
      local fine, problem = coroutine.resume(self.coroutine)
      self.parsing = false
      if fine then return end
      if type(problem) ~= "table" then
        -- A fault of ours, which Wireshark shows at the frame; the next ones are read all the same.
        local trace = debug.traceback(self.coroutine, problem)
        self:start()
        error(trace, 0)
      end
      if problem.all then self:drop_all() end
      self:resynchronise(problem.lost)
    end
  end

  -- What of the frame just fed has to wait.
  function Session:note_rest(direction, chunk)
    local rest = chunk.length - chunk.position
    local place = { frame = chunk.frame, serial = chunk.serial, offset = chunk.position,
                    length = rest }
    local piece = setmetatable({ text = "", length = rest, places = { place } }, Piece)
    local wanted = self.wanted
    if wanted and wanted.hint then
      self:put("ahead", piece, rest, wanted.hint)
      self:murmur(numbers.bytes(rest) .. ", " .. wanted.hint)
    elseif wanted and wanted.direction == direction then
      local text = string.format("%d of %d bytes of %s", self.queues[direction].bytes,
                                 wanted.length, wanted.what)
      self:put("fragment", piece, rest, text)
      self:murmur(text)
    else
      self:put("ahead", piece, rest)
      self:murmur(numbers.bytes(rest) .. " sent ahead")
    end
  end

  -- The session is lost: what the phone sent before the host's next word cannot be understood.
  function Session:resynchronise(why)
    self:expert("resync", why .. "; going on at the next command")
    local host, phone = self.queues[HOST], self.queues[PHONE]
    local head = host[host.first]
    if head and self.lost_at == self.consumed then
      self:discard(HOST)
      head = host[host.first]
    end
    while phone[phone.first] and not (head and phone[phone.first].serial > head.serial) do
      self:discard(PHONE)
    end
    self.lost_at = self.consumed
    self.unsure = true
    if self.mode == "stage1" or self.mode == "agent_start" then self.mode = "unknown" end
    self:start()
  end

  -- Forgets what waits, without a note.
  function Session:drop_all()
    for _, direction in ipairs({ HOST, PHONE }) do
      while self.queues[direction].bytes > 0 do self:take_chunk(direction) end
    end
  end

  function Session:discard(direction)
    self:put("raw", self:take_chunk(direction))
  end

  -- For parsers, inside the coroutine
  -- -----------------------------------------------------------------

  -- With `all`, nothing of what waits is looked at again.
  function Session:lost(why, all) error({ lost = why, all = all }, 0) end

  function Session:pending(direction) return self.queues[direction].bytes end

  local function wait(session, wanted)
    session.wanted = wanted
    coroutine.yield()
    session.wanted = nil
  end

  -- Waits for the next transfer, whoever sends it. `hint` says until when what is there is not
  -- known.
  function Session:idle(hint) wait(self, hint and { hint = hint }) end

  -- Who spoke first of what has not been taken yet. Waits until someone has.
  function Session:speaker()
    while true do
      local host = self.queues[HOST][self.queues[HOST].first]
      local phone = self.queues[PHONE][self.queues[PHONE].first]
      if host and phone then return host.serial < phone.serial and HOST or PHONE end
      if host then return HOST end
      if phone then return PHONE end
      wait(self, nil)
    end
  end

  -- What was captured of the next transfer of that side, and its length; nil if there is none.
  function Session:peek(direction)
    local queue = self.queues[direction]
    local chunk = queue[queue.first]
    if not chunk then return nil end
    return chunk.text:sub(chunk.position + 1), chunk.length - chunk.position
  end

  function Session:starts_with(direction, text)
    local head = self:peek(direction)
    return head ~= nil and head:sub(1, #text) == text
  end

  -- Whether nothing of the next transfer has been taken.
  function Session:at_start(direction)
    local queue = self.queues[direction]
    return queue[queue.first] ~= nil and queue[queue.first].position == 0
  end

  -- Up to n bytes of the next transfer of that side, which must exist.
  function Session:take_some(direction, n)
    local queue = self.queues[direction]
    local chunk = queue[queue.first]
    local count = math.min(n, chunk.length - chunk.position)
    local piece = setmetatable({
      text = chunk.text:sub(chunk.position + 1, chunk.position + count), length = count,
      places = { { frame = chunk.frame, serial = chunk.serial, offset = chunk.position,
                   length = count } },
    }, Piece)
    chunk.position = chunk.position + count
    queue.bytes = queue.bytes - count
    self.consumed = self.consumed + count
    if chunk.position >= chunk.length then
      queue[queue.first] = nil
      queue.first = queue.first + 1
    end
    return piece
  end

  function Session:take_chunk(direction) return self:take_some(direction, math.huge) end

  -- n bytes of that side, in as many transfers as they take. `what` names them for people.
  function Session:take(direction, n, what)
    if n > longest_piece then self:lost(what .. " of " .. numbers.size(n) .. " makes no sense") end
    while self.queues[direction].bytes < n do
      if self.queues[other[direction]].bytes > ahead[direction] then
        self:lost(string.format("%s of the %s is missing", what, direction))
      end
      wait(self, { direction = direction, length = n, what = what })
    end
    local piece = empty_piece()
    while piece.length < n do append(piece, self:take_some(direction, n - piece.length)) end
    return piece
  end

  -- Bulk data: calls each(piece, from) for every transfer's share of the n bytes, without keeping
  -- them. Returns how many came before the other side spoke, which is less than n if some were
  -- lost.
  function Session:stream(direction, n, what, each)
    local from = 0
    while from < n do
      if self.queues[direction].bytes == 0 then
        if self.queues[other[direction]].bytes > 0 then break end
        wait(self, { direction = direction, length = n - from, what = what })
      else
        local piece = self:take_some(direction, n - from)
        each(piece, from)
        from = from + piece.length
      end
    end
    return from
  end

  mtk.Session = Session
  mtk.Piece = { empty = empty_piece, append = append }
end

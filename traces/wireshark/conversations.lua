-- Which devices of a capture are phones, and the session of each. A phone is known by its USB ids,
-- by what it says, or because the user says so. It may enumerate again under another address: then
-- the facts, and the protocol that was spoken, go on there.

return function(mtk)
  local HOST, PHONE = mtk.HOST, mtk.PHONE
  local names = mtk.names

  local devices, records, notes, latest

  -- A capture begins, or is read anew.
  function mtk.reset() devices, records, notes, latest = {}, {}, {}, {} end
  mtk.reset()

  local function device_at(bus, address)
    local key = bus * 256 + address
    if not devices[key] then devices[key] = { bus = bus, address = address, last_frame = 0 } end
    return devices[key]
  end

  function mtk.is_phone(vendor, product)
    if vendor == 0x0e8d then return true end
    local products = names.foreign_products[vendor]
    return products ~= nil and products[product] ~= nil
  end

  local function loader_name(vendor, product)
    if vendor == 0x0e8d then return names.products[product] end
    return names.foreign_products[vendor] and names.foreign_products[vendor][product]
  end

  -- The session that a new address may go on with: of the same bus, the last one that spoke, but
  -- rather one that was told to enumerate again.
  local function predecessor(device)
    local best
    for _, candidate in pairs(devices) do
      if candidate ~= device and candidate.bus == device.bus and candidate.session
          and not candidate.succeeded then
        local expects = candidate.session.facts.expects_enumeration or false
        local best_expects = best and best.session.facts.expects_enumeration or false
        if not best or (expects and not best_expects)
            or (expects == best_expects and candidate.last_frame > best.last_frame) then
          best = candidate
        end
      end
    end
    return best
  end

  local function starting_mode(direction, text, old)
    if mtk.is_packet(text) then return "packets" end
    if mtk.is_ready(text) or (direction == HOST and text:byte(1) == 0xa0) then return "brom" end
    if direction == PHONE and text:byte(1) == 0xc0 and not old then return "agent_start" end
    if old and (old.mode == "stage2" or old.mode == "packets") then return old.mode end
    return "unknown"
  end

  local function start_session(device, direction, text)
    local before = predecessor(device)
    local old = before and before.session
    local facts = {}
    if old then
      facts.hw_code, facts.xml = old.facts.hw_code, old.facts.xml
      before.succeeded = true
    end
    local loader = device.vendor and loader_name(device.vendor, device.product)
    if loader == "BROM" or loader == "preloader" then facts.loader = loader end
    device.session = mtk.Session.new(starting_mode(direction, text, old), facts)
  end

  -- Whether a device that nothing is known of speaks like a phone. The first byte of a handshake is
  -- taken as one until the answer says otherwise.
  local function recognise(device, direction, text)
    if mtk.is_packet(text) then return true end
    if direction == PHONE then
      if #text >= 5 and mtk.is_ready(text) then return true end
      if text:sub(1, 5) == mtk.agent_greeting then return true end
      return device.asked and text:byte(1) == 0x5f
    end
    device.asked = text == "\xa0"
    if device.asked and not device.vendor and not device.refused then
      device.tentative = true
      return true
    end
    return false
  end

  -- A handshake whose first byte was not taken for one.
  function mtk.modes.late_handshake(session)
    session.mode = "brom"
    mtk.handshake(session, 1, 0)
  end

  local function wanted(bus, address)
    local forced = mtk.settings.device
    if forced == "" then return false end
    return forced == bus .. "." .. address or forced == bus .. ":" .. address
        or forced == tostring(address)
  end

  -- Bulk data in a frame that has not been seen before. Nil if it is no phone's.
  local function understand(frame, bus, address, direction, text, length)
    local device = device_at(bus, address)
    if device.tentative and direction == PHONE then
      device.tentative = false
      if text:byte(1) ~= 0x5f and not mtk.is_ready(text:sub(1, 5))
          and not names.marks[text:byte(1)] then
        device.session, device.refused = nil, true
      end
    end
    if not device.session then
      local is_phone = wanted(bus, address)
          or (device.vendor and mtk.is_phone(device.vendor, device.product))
          or recognise(device, direction, text)
      if not is_phone then return nil end
      start_session(device, direction, text)
      if device.asked and direction == PHONE and text:byte(1) == 0x5f then
        device.session.mode = "late_handshake"
      end
    end
    device.last_frame = frame
    return device.session:feed(frame, direction, text, length)
  end

  -- The record of a frame with bulk data; made when the frame is first seen, the same ever after.
  -- The same frame may be asked for twice in a row, which `identity` tells; and under a read filter
  -- (-R) frames that did not pass have had the number of the one that did, which therefore is the
  -- last.
  function mtk.record_of(frame, visited, identity, ...)
    if not visited and not (latest.frame == frame and latest.identity == identity) then
      latest.frame, latest.identity = frame, identity
      records[frame] = nil
      records[frame] = understand(frame, ...)
    end
    return records[frame]
  end

  -- A descriptor with USB ids.
  local function enumerated(bus, address, vendor, product)
    local device = device_at(bus, address)
    if device.session and (device.vendor ~= vendor or device.product ~= product) then
      -- Another phone, or the same in another mode, under an address that was used before.
      devices[bus * 256 + address] = nil
      devices["before" .. mtk.serial()] = device
      device = device_at(bus, address)
    end
    device.vendor, device.product = vendor, product
    if not mtk.is_phone(vendor, product) then return nil end
    local loader = loader_name(vendor, product) or "unknown mode"
    return { title = string.format("%s %04x:%04x, %s", names.vendors[vendor], vendor, product,
                                   loader), loader = loader }
  end

  local failures = { [-2] = "cancelled", [-104] = "cancelled", [-32] = "stall",
                     [-108] = "disconnected", [-19] = "disconnected", [-110] = "time-out" }

  local function failed(bus, address, status)
    local device = device_at(bus, address)
    if not device.session then return nil end
    return { title = "transfer failed: " .. (failures[status] or "error " .. status),
             status = status }
  end

  local count = 0
  function mtk.serial()
    count = count + 1
    return count
  end

  -- What a frame tells about a phone besides bulk data. `read` is called only when it is new.
  function mtk.note_of(frame, visited, read)
    if not visited then
      local note
      local kind, bus, address, first, second = read()
      if kind == "ids" then note = enumerated(bus, address, first, second) end
      if kind == "failure" then note = failed(bus, address, first) end
      notes[frame] = note
    end
    return notes[frame]
  end
end

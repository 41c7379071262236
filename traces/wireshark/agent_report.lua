-- The storage report that a legacy agent's stage 2 sends unasked: section 6 of protocol/README.md.

return function(mtk)
  local PHONE = mtk.PHONE
  local size = mtk.numbers.size
  local longest_report = 4096

  local nor_size, emmc_size, sd_size, config_size, pass_size = 28, 92, 28, 38, 10

  -- Nothing tells the report's length: the layout is the one that ends exactly where the phone
  -- stops, with its mark, if that was captured. Returns nil while none fits.
  local function find_layout(report)
    for _, extra in ipairs({ 0, 4 }) do
      for _, head in ipairs({ 17, 13 }) do
        local count = report:be(nor_size + head - 2, 2)
        if count then
          local emmc = nor_size + head + 2 * count + 9
          local pass = emmc + emmc_size + sd_size + config_size + extra
          local mark, last = report:be(pass, 1), report:be(pass + 9, 1)
          if report.length == pass + pass_size and (mark == nil or mark == 0x5a)
              and (last == nil or last == 0xc1 or last == 0xcf) then
            return { head = head, emmc = emmc, pass = pass, count = count }
          end
        end
      end
    end
    return nil
  end

  local regions = { "boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4", "user" }

  local function put_report(session, report, layout)
    local _, nor = session:agent_status("nor_status", report, 0)
    local _, nand = session:agent_status("nand_status", report, nor_size)
    session:put_be("nand_size", report, nor_size + 7, layout.head == 17 and 8 or 4)
    session:put_be("count", report, nor_size + layout.head - 2, 2, "NAND ids")
    local _, emmc = session:agent_status("emmc_status", report, layout.emmc)
    local user
    for index, region in ipairs(regions) do
      user = session:put_be("emmc_" .. region, report, layout.emmc + 4 + 8 * (index - 1), 8)
    end
    session:put_bytes("cid", report:part(layout.emmc + 68, 16))
    session:put_bytes("value_bytes", report:part(layout.emmc + 84, 8), "firmware of the eMMC")
    local sd = layout.emmc + emmc_size
    local _, card = session:agent_status("sd_status", report, sd)
    session:put_be("sd_size", report, sd + 4, 8)
    local config = sd + sd_size
    session:put_be("ram_internal", report, config + 4, 4)
    session:agent_status("ram_status", report, config + 8)
    local ram = session:put_be("ram_size", report, config + 14, 8)
    session:put_bytes("id", report:part(config + 22, 16), "random")
    session:put_be("download_status", report, layout.pass + 1, 4)
    session:put_be("boot_style", report, layout.pass + 5, 4)
    local result = session:put_be("result", report, layout.pass + 9, 1)
    if result == 0xcf then session:expert("status_error", "the agent reports that it failed") end
    local found = {}
    if emmc == "ok" then table.insert(found, "eMMC " .. size(user)) end
    if nand == "ok" then table.insert(found, "NAND") end
    if nor == "ok" then table.insert(found, "NOR") end
    if card == "ok" then table.insert(found, "SD card") end
    if ram then table.insert(found, "RAM " .. size(ram)) end
    session:say("storage report: " .. (#found > 0 and table.concat(found, ", ") or "not captured")
        .. (result == 0xc1 and ", passed" or result == 0xcf and ", failed" or ""))
  end

  function mtk.modes.report(session)
    session.stage = "DA stage 2"
    session.mode = "stage2"
    session.command = nil
    local report = mtk.Piece.empty()
    while session:speaker() == PHONE and report.length <= longest_report do
      local piece = session:take_chunk(PHONE)
      mtk.Piece.append(report, piece)
      local layout = find_layout(report)
      if layout then return put_report(session, report, layout) end
      session:put("fragment", piece, piece.length, "of the storage report")
      session:murmur(string.format("storage report, %d bytes so far", report.length))
    end
    session:expert("unexpected", string.format("a storage report of %d bytes has no known layout",
                                               report.length))
  end
end

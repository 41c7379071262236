-- The fields that filters know, and the expert infos. README.md lists the ones people filter by.

return function(mtk)
  local hex, dec = base.HEX, base.DEC

  -- key of the parsers = { name in filters, title, type, base }. Numbers of 64 bits come as two
  -- halves.
  local list = {
    stage = { "stage", "Stage", "string" },
    command = { "command", "Belongs to command", "string" },
    command_frame = { "command.frame", "Command in frame", "framenum" },
    segment = { "segment", "Begins in frame", "framenum" },
    cmd = { "cmd", "Command", "uint32", hex },
    cmd_name = { "cmd.name", "Name", "string" },
    writes = { "cmd.writes", "Would change", "string" },
    control = { "control", "Control code", "uint32", hex },
    fragment = { "fragment", "Part of a message, bytes", "uint32", dec },
    ahead = { "ahead", "Sent ahead, bytes", "uint32", dec },
    raw = { "raw", "Not understood, bytes", "uint32", dec },
    raw_bytes = { "raw.bytes", "Bytes not understood", "string" },
    data = { "data", "Data, bytes", "uint32", dec },
    handshake = { "handshake", "Handshake", "uint8", hex },
    ready = { "ready", "Text of a preloader", "string" },
    echo = { "echo", "Echo", "string" },
    status = { "status", "Status", "uint32", hex },
    mark = { "mark", "Mark", "uint8", hex },
    sync = { "sync", "Sync", "uint32", hex },
    addr = { "addr", "Address", "uint64", hex },
    len = { "len", "Length", "uint64", dec },
    sig_len = { "sig_len", "Signature length", "uint32", dec },
    packet_len = { "packet_len", "Packet length", "uint32", dec },
    count = { "count", "Count", "uint32", dec },
    checksum = { "checksum", "Checksum", "uint16", hex },
    value = { "value", "Value", "uint64", hex },
    value_bytes = { "value_bytes", "Value", "string" },
    value_written = { "value_written", "Value to write", "uint32", hex },
    version = { "version", "Version", "uint32", hex },
    hw_code = { "hw_code", "Hardware code", "uint16", hex },
    hw_sub_code = { "hw_sub_code", "Hardware sub code", "uint16", hex },
    hw_version = { "hw_version", "Hardware version", "uint16", hex },
    sw_version = { "sw_version", "Software version", "uint16", hex },
    config = { "config", "Target configuration", "uint32", hex },
    id = { "id", "Id", "string" },
    challenge = { "challenge", "Challenge", "string" },
    response = { "response", "Response", "string" },
    configuration = { "configuration", "Configuration", "string" },
    nand_ids = { "nand.ids", "NAND ids", "string" },
    nand_status = { "nand.status", "NAND status", "uint32", hex },
    nand_size = { "nand.size", "NAND size", "uint64", dec },
    nor_status = { "nor.status", "NOR status", "uint32", hex },
    emmc_status = { "emmc.status", "eMMC status", "uint32", hex },
    cid = { "cid", "CID", "string" },
    block_size = { "block_size", "Block size", "uint32", dec },
    sd_status = { "sd.status", "SD status", "uint32", hex },
    sd_size = { "sd.size", "SD size", "uint64", dec },
    ram_status = { "ram.status", "RAM status", "uint32", hex },
    ram_internal = { "ram.internal", "Internal RAM", "uint32", dec },
    ram_size = { "ram.size", "RAM size", "uint64", dec },
    agent_status = { "agent.status", "Status", "uint32", hex },
    download_status = { "agent.download", "Download status", "uint32", hex },
    boot_style = { "agent.boot_style", "Boot style", "uint32", hex },
    result = { "agent.result", "Result", "uint8", hex },
    host_os = { "host_os", "Host", "uint8", hex },
    storage = { "storage", "Storage", "uint32", hex },
    part = { "part", "Part", "uint32", dec },
    partition = { "partition", "Partition", "string" },
    packet_magic = { "xflash.magic", "Magic", "uint32", hex },
    packet_type = { "xflash.type", "Type", "uint32", dec },
    packet_length = { "xflash.length", "Payload, bytes", "uint32", dec },
    message = { "message", "Log message", "string" },
    text = { "text", "Text", "string" },
    xml_command = { "xml.command", "Command", "string" },
    xml_arg = { "xml.arg", "Argument", "string" },
    loader = { "loader", "Phone in download mode", "string" },
    transfer_error = { "transfer_error", "Transfer failed", "int32", dec },
  }
  for _, region in ipairs({ "boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4", "user" }) do
    list["emmc_" .. region] = { "emmc." .. region, "eMMC " .. region, "uint64", dec }
  end
  for unit = 0, 2 do
    list["ufs_lu" .. unit] = { "ufs.lu" .. unit, "UFS LU " .. unit, "uint64", dec }
  end

  -- kind of the parsers = { name in filters, title, group, severity }.
  local kinds = {
    status_error = { "status", "The phone refuses", expert.group.RESPONSE_CODE,
                     expert.severity.ERROR },
    checksum_error = { "checksum", "Wrong checksum", expert.group.CHECKSUM, expert.severity.ERROR },
    flash_write = { "write", "Writes to the phone", expert.group.REQUEST_CODE,
                    expert.severity.WARN },
    register_write = { "register_write", "Writes a register", expert.group.REQUEST_CODE,
                       expert.severity.NOTE },
    missing = { "missing", "Bytes are missing", expert.group.REASSEMBLE, expert.severity.WARN },
    resync = { "resync", "Lost and found again", expert.group.SEQUENCE, expert.severity.WARN },
    unexpected = { "unexpected", "Not understood", expert.group.UNDECODED, expert.severity.NOTE },
    wrong_answer = { "handshake", "Wrong answer", expert.group.RESPONSE_CODE,
                     expert.severity.WARN },
    transfer = { "transfer", "Transfer failed", expert.group.RESPONSE_CODE,
                 expert.severity.NOTE },
  }

  local protocol = mtk.protocol
  local fields, experts, wide, all_fields, all_experts = {}, {}, {}, {}, {}
  local titles, decimal = {}, {}
  for key, about in pairs(list) do
    local field = ProtoField[about[3]]("mtk." .. about[1], about[2], about[4])
    fields[key], wide[key] = field, about[3] == "uint64"
    titles[key], decimal[key] = about[2], about[4] == dec
    table.insert(all_fields, field)
  end
  for kind, about in pairs(kinds) do
    local info = ProtoExpert.new("mtk.expert." .. about[1], about[2], about[3], about[4])
    experts[kind] = info
    table.insert(all_experts, info)
  end
  protocol.fields = all_fields
  protocol.experts = all_experts
  mtk.fields, mtk.experts, mtk.wide_fields = fields, experts, wide
  mtk.titles, mtk.decimal_fields = titles, decimal
end

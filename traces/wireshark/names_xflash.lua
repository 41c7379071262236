-- Names of xflash's commands, control codes and statuses. Sources as in names.lua.

return function(mtk)
  local names = mtk.names

  names.xflash = {
    [0x010001] = "DOWNLOAD", [0x010002] = "UPLOAD", [0x010003] = "FORMAT",
    [0x010004] = "WRITE_DATA", [0x010005] = "READ_DATA", [0x010006] = "FORMAT_PARTITION",
    [0x010007] = "SHUTDOWN", [0x010008] = "BOOT_TO", [0x010009] = "DEVICE_CTRL",
    [0x01000a] = "INIT_EXT_RAM", [0x01000b] = "SWITCH_USB_SPEED", [0x01000c] = "READ_OTP_ZONE",
    [0x01000d] = "WRITE_OTP_ZONE", [0x01000e] = "WRITE_EFUSE", [0x01000f] = "READ_EFUSE",
    [0x010010] = "NAND_BMT_REMARK", [0x010100] = "SETUP_ENVIRONMENT",
    [0x010101] = "SETUP_HW_INIT_PARAMS",
  }
  names.xflash_writes = {
    [0x010001] = "flash", [0x010003] = "flash", [0x010004] = "flash", [0x010006] = "flash",
    [0x01000d] = "OTP area", [0x01000e] = "fuses", [0x010010] = "bad-block table",
    [0x020009] = "register", [0x020010] = "storage firmware", [0x020011] = "UFS configuration",
    [0x080003] = "OTP lock", [0x080004] = "eMMC's reset pin",
  }
  names.xflash_control = {
    [0x020001] = "SET_BMT_PERCENTAGE", [0x020002] = "SET_BATTERY_OPT",
    [0x020003] = "SET_CHECKSUM_LEVEL", [0x020004] = "SET_RESET_KEY", [0x020005] = "SET_HOST_INFO",
    [0x020006] = "SET_META_BOOT_MODE", [0x020007] = "SET_EMMC_HWRESET_PIN",
    [0x020008] = "SET_GENERATE_GPX", [0x020009] = "SET_REGISTER_VALUE",
    [0x02000a] = "SET_EXTERNAL_SIG", [0x02000b] = "SET_REMOTE_SEC_POLICY",
    [0x02000c] = "SET_ALL_IN_ONE_SIG", [0x02000d] = "SET_RSC_INFO", [0x020010] = "SET_UPDATE_FW",
    [0x020011] = "SET_UFS_CONFIG", [0x040001] = "GET_EMMC_INFO", [0x040002] = "GET_NAND_INFO",
    [0x040003] = "GET_NOR_INFO", [0x040004] = "GET_UFS_INFO", [0x040005] = "GET_DA_VERSION",
    [0x040006] = "GET_EXPIRE_DATA", [0x040007] = "GET_PACKET_LENGTH",
    [0x040008] = "GET_RANDOM_ID", [0x040009] = "GET_PARTITION_TBL_CATA",
    [0x04000a] = "GET_CONNECTION_AGENT", [0x04000b] = "GET_USB_SPEED", [0x04000c] = "GET_RAM_INFO",
    [0x04000d] = "GET_CHIP_ID", [0x04000e] = "GET_OTP_LOCK_STATUS",
    [0x04000f] = "GET_BATTERY_VOLTAGE", [0x040010] = "GET_RPMB_STATUS",
    [0x040011] = "GET_EXPIRE_DATE", [0x040012] = "GET_DRAM_TYPE", [0x040013] = "GET_DEV_FW_INFO",
    [0x040014] = "GET_HRID", [0x040015] = "GET_ERROR_DETAIL", [0x040016] = "SLA_ENABLED_STATUS",
    [0x080001] = "START_DL_INFO", [0x080002] = "END_DL_INFO", [0x080003] = "ACT_LOCK_OTP_ZONE",
    [0x080004] = "DISABLE_EMMC_HWRESET_PIN", [0x080005] = "CC_OPTIONAL_DOWNLOAD_ACT",
    [0x080007] = "DA_STOR_LIFE_CYCLE_CHECK", [0x0e0001] = "STORAGE_TEST", [0x0e0002] = "RAM_TEST",
    [0x0e0003] = "READ_REGISTER",
    -- mtkclient has this one with a digit too many, and penumbra as above.
    [0x800005] = "CC_OPTIONAL_DOWNLOAD_ACT",
  }
  names.xflash_types = { "protocol", "message" }
  names.xflash_storage = { [1] = "eMMC", [2] = "SD", [0x10] = "NAND", [0x20] = "NOR",
                           [0x30] = "UFS" }
  names.xflash_status = {
    [0] = "ok", [0x40040004] = "continue", [0x40040005] = "complete",
    [0xc0010001] = "error", [0xc0010002] = "aborted", [0xc0010003] = "unsupported command",
    [0xc0010004] = "unsupported control code", [0xc0010005] = "protocol error",
    [0xc0010006] = "buffer overflow", [0xc0010007] = "insufficient buffer",
    [0xc0020001] = "ROM information not found", [0xc0020003] = "device not supported",
    [0xc0020004] = "download forbidden", [0xc0020005] = "image too large",
    [0xc0020007] = "image not verified", [0xc002000c] = "writing not allowed",
    [0xc002000d] = "formatting not allowed", [0xc002002d] = "anti-rollback",
    [0xc0020049] = "remote security policy disabled", [0xc002004c] = "anti-rollback",
    [0xc0020053] = "anti-rollback: version of the agent", [0xc0040001] = "unsupported operation",
    [0xc0040003] = "checksum error", [0xc0040006] = "partition not found",
    [0xc0040007] = "partition table not read", [0xc0040009] = "unknown storage",
    [0xc004000a] = "DRAM test failed", [0xc004000b] = "beyond the available range",
    [0xc0040030] = "eMMC error", [0xc0040040] = "NAND error", [0xc0040050] = "UFS error",
  }

  -- xml: commands that write, by name.
  names.xml_writes = {
    ["WRITE-PARTITION"] = "flash", ["WRITE-PARTITIONS"] = "flash", ["WRITE-FLASH"] = "flash",
    ["FLASH-ALL"] = "flash", ["FLASH-UPDATE"] = "flash", ["ERASE-PARTITION"] = "flash",
    ["ERASE-FLASH"] = "flash", ["WRITE-EFUSE"] = "fuses", ["WRITE-REGISTER"] = "register",
    ["WRITE-PRIVATE-CERT"] = "certificate", ["SET-RSC"] = "RSC", ["DRAM-REPAIR"] = "DRAM repair",
  }
end

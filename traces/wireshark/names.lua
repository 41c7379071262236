-- Names of vendors, commands and statuses. Sources: protocol/README.md, protocol/wire/, and the
-- opcode lists of bkerler/mtkclient and shomykohai/penumbra, which agree where both have a command.

return function(mtk)
  local names = {}

  -- USB: who makes phones with MediaTek's download modes, and what the product ids of MediaTek
  -- mean.
  names.vendors = {
    [0x0e8d] = "MediaTek", [0x1004] = "LG", [0x22d9] = "OPPO", [0x0fce] = "Sony",
  }
  names.products = {
    [0x0003] = "BROM", [0x2000] = "preloader", [0x20ff] = "preloader", [0x3000] = "preloader",
    [0x6000] = "preloader", [0x2001] = "preloader or download agent",
  }
  -- Of other vendors only these are phones in a download mode.
  names.foreign_products = {
    [0x1004] = { [0x6000] = "preloader" },
    [0x22d9] = { [0x0006] = "preloader" },
    [0x0fce] = { [0xf200] = "preloader", [0xd1e9] = "preloader", [0xd1e2] = "preloader",
                 [0xd1ec] = "preloader", [0xd1dd] = "preloader" },
  }

  names.download_mode = {
    [0x70] = "SEND_PARTITION_DATA", [0x71] = "JUMP_TO_PARTITION", [0x72] = "CHECK_USB",
    [0x80] = "STAY_STILL", [0x88] = "CMD_88", [0xa1] = "WRITE16_OLD", [0xa2] = "READ16_OLD", [0xae] = "WRITE32_OLD",
    [0xaf] = "READ32_OLD", [0xb0] = "I2C_INIT", [0xb1] = "I2C_DEINIT", [0xb2] = "I2C_WRITE8",
    [0xb3] = "I2C_READ8", [0xb4] = "I2C_SET_SPEED", [0xb6] = "I2C_INIT_EX",
    [0xb7] = "I2C_DEINIT_EX", [0xb8] = "I2C_WRITE8_EX", [0xb9] = "I2C_READ8_EX",
    [0xba] = "I2C_SET_SPEED_EX", [0xbf] = "GET_MAUI_FW_VER", [0xc1] = "OLD_SLA_SEND_AUTH",
    [0xc2] = "OLD_SLA_GET_RN", [0xc3] = "OLD_SLA_VERIFY_RN", [0xc4] = "PWR_INIT",
    [0xc5] = "PWR_DEINIT", [0xc6] = "PWR_READ16", [0xc7] = "PWR_WRITE16",
    [0xc8] = "CACHE_CONTROL", [0xd0] = "READ16", [0xd1] = "READ32", [0xd2] = "WRITE16",
    [0xd3] = "WRITE16_NO_ECHO", [0xd4] = "WRITE32", [0xd5] = "JUMP_DA", [0xd6] = "JUMP_BL",
    [0xd7] = "SEND_DA", [0xd8] = "GET_TARGET_CONFIG", [0xd9] = "SEND_ENV_PREPARE",
    [0xda] = "REGISTER_ACCESS", [0xdb] = "UART1_LOG_EN", [0xdc] = "UART1_SET_BAUDRATE",
    [0xdd] = "BROM_DEBUGLOG", [0xde] = "JUMP_DA64", [0xdf] = "GET_BROM_LOG_NEW",
    [0xe0] = "SEND_CERT", [0xe1] = "GET_ME_ID", [0xe2] = "SEND_AUTH", [0xe3] = "SLA",
    [0xe4] = "CMD_E4", [0xe5] = "CMD_E5", [0xe6] = "CMD_E6", [0xe7] = "GET_SOC_ID",
    [0xe8] = "CMD_E8", [0xf0] = "ZEROIZATION", [0xfa] = "CMD_FA", [0xfb] = "GET_PL_CAP",
    [0xfc] = "GET_HW_SW_VER", [0xfd] = "GET_HW_CODE", [0xfe] = "GET_BL_VER",
    [0xff] = "GET_VERSION",
  }
  names.download_mode_writes = {
    [0x70] = "memory", [0xa1] = "register", [0xae] = "register", [0xb2] = "register",
    [0xb8] = "register", [0xc7] = "register", [0xd2] = "register", [0xd3] = "register",
    [0xd4] = "register", [0xf0] = "keys",
  }

  names.status = {
    [0x1d00] = "address too high", [0x1d01] = "address too high", [0x1d02] = "invalid address",
    [0x1d0c] = "no authentication needed", [0x1d0d] = "SLA required",
    [0x1d0e] = "overlaps the phone's own memory", [0x1d0f] = "nothing loaded at the jump address",
    [0x1d10] = "too many agents", [0x1d11] = "address not aligned",
    [0x1d12] = "invalid address and length", [0x1d13] = "length is zero",
    [0x1d14] = "signature longer than the agent", [0x1d15] = "no signature",
    [0x1d16] = "no agent", [0x1d21] = "agent's version not supported",
    [0x7003] = "invalid location of the agent", [0x7004] = "invalid length of the agent",
    [0x7015] = "agent's signature not accepted", [0x7017] = "agent not accepted",
    [0x7024] = "agent's signature not verified", [0x1a1d] = "register refused",
    [0x1d1a] = "register refused",
  }

  names.target_config = { "secure boot", "SLA", "DAA", "EPP", "root certificate",
                          "register reads guarded", "register writes guarded", "C8 blocked" }

  names.agent = {
    [0x51] = "DOWNLOAD_BLOADER", [0x52] = "NAND_BMT_REMARK", [0x60] = "SDMMC_SWITCH_PART",
    [0x61] = "SDMMC_WRITE_IMAGE", [0x62] = "SDMMC_WRITE_DATA", [0x63] = "SDMMC_GET_CARD_TYPE",
    [0x64] = "SDMMC_RESET_DIS", [0x70] = "USB_SETUP_PORT", [0x71] = "USB_LOOPBACK",
    [0x72] = "USB_CHECK_STATUS", [0x73] = "USB_SETUP_PORT_EX", [0x7a] = "READ_REG32",
    [0x7b] = "WRITE_REG32", [0x7c] = "PWR_READ16", [0x7d] = "PWR_WRITE16", [0x7e] = "PWR_READ8",
    [0x7f] = "PWR_WRITE8", [0x80] = "UFS_SWITCH_PART", [0x81] = "UFS_WRITE_IMAGE",
    [0x82] = "UFS_WRITE_DATA", [0x85] = "UFS_READ_GPT", [0x89] = "UFS_WRITE_GPT",
    [0x8a] = "UFS_OTP_CHECKDEVICE", [0x8b] = "UFS_OTP_GETSIZE", [0x8c] = "UFS_OTP_READ",
    [0x8d] = "UFS_OTP_PROGRAM", [0x8e] = "UFS_OTP_LOCK", [0x8f] = "UFS_OTP_LOCK_CHECKSTATUS",
    [0x99] = "EMMC_OTP_CHECKDEVICE", [0x9a] = "EMMC_OTP_GETSIZE", [0x9b] = "EMMC_OTP_READ",
    [0x9c] = "EMMC_OTP_PROGRAM", [0x9d] = "EMMC_OTP_LOCK", [0x9e] = "EMMC_OTP_LOCK_CHECKSTATUS",
    [0xa0] = "WRITE_USB_DOWNLOAD_CONTROL_BIT", [0xa1] = "WRITE_PARTITION_TBL",
    [0xa2] = "READ_PARTITION_TBL", [0xa3] = "READ_BMT", [0xa4] = "SDMMC_WRITE_PMT",
    [0xa5] = "SDMMC_READ_PMT", [0xa6] = "READ_IMEI_PID_SWV", [0xa7] = "READ_DOWNLOAD_INFO",
    [0xa8] = "WRITE_DOWNLOAD_INFO", [0xa9] = "SDMMC_WRITE_GPT", [0xaa] = "NOR_READ_PTB",
    [0xab] = "NOR_WRITE_PTB", [0xb2] = "NOR_WRITE_DATA", [0xb3] = "NAND_WRITE_DATA",
    [0xb4] = "SECURE_USB_RECHECK", [0xb5] = "SECURE_USB_DECRYPT", [0xb8] = "SF_WRITE_IMAGE",
    [0xb9] = "SECURE_USB_IMG_INFO_CHECK", [0xba] = "SECURE_USB_WRITE",
    [0xbb] = "SECURE_USB_ROM_INFO_UPDATE", [0xbc] = "SECURE_USB_GET_CUST_NAME",
    [0xbd] = "VERIFY_IMG_CHKSUM", [0xbe] = "SECURE_USB_CHECK_BYPASS",
    [0xbf] = "SECURE_USB_GET_BL_SEC_VER", [0xd0] = "GET_BATTERY_VOLTAGE", [0xd1] = "POST_PROCESS",
    [0xd2] = "SPEED", [0xd3] = "MEM", [0xd4] = "FORMAT", [0xd5] = "WRITE", [0xd6] = "READ",
    [0xd7] = "WRITE_REG16", [0xd8] = "READ_REG16", [0xd9] = "FINISH", [0xda] = "GET_DSP_VER",
    [0xdb] = "ENABLE_WATCHDOG", [0xdc] = "NFB_WRITE_BLOADER", [0xdd] = "NAND_IMAGE_LIST",
    [0xde] = "NFB_WRITE_IMAGE", [0xdf] = "NAND_READPAGE", [0xe0] = "CHK_PC_SEC_INFO",
    [0xe1] = "UPDATE_FLASHTOOL_CFG", [0xe2] = "CUST_PARA_GET_INFO", [0xe3] = "CUST_PARA_READ",
    [0xe4] = "CUST_PARA_WRITE", [0xe5] = "SEC_RO_GET_INFO", [0xe6] = "SEC_RO_READ",
    [0xe7] = "SEC_RO_WRITE", [0xe8] = "ENABLE_DRAM", [0xe9] = "OTP_CHECKDEVICE",
    [0xea] = "OTP_GETSIZE", [0xeb] = "OTP_READ", [0xec] = "OTP_PROGRAM", [0xed] = "OTP_LOCK",
    [0xee] = "OTP_LOCK_CHECKSTATUS", [0xef] = "GET_PROJECT_ID", [0xf0] = "GET_FAT_INFO",
    [0xf1] = "FDM_MOUNTDEVICE", [0xf2] = "FDM_SHUTDOWN", [0xf3] = "FDM_READSECTORS",
    [0xf4] = "FDM_WRITESECTORS", [0xf5] = "FDM_MEDIACHANGED", [0xf6] = "FDM_DISCARDSECTORS",
    [0xf7] = "FDM_GETDISKGEOMETRY", [0xf8] = "FDM_LOWLEVELFORMAT",
    [0xf9] = "FDM_NONBLOCKWRITESECTORS", [0xfa] = "FDM_RECOVERABLEWRITESECTORS",
    [0xfb] = "FDM_RESUMESECTORSTATES", [0xfc] = "NAND_EXTRACT_NFB", [0xfd] = "NAND_INJECT_NFB",
    [0xfe] = "MEMORY_TEST", [0xff] = "ENTER_RELAY_MODE",
  }
  names.agent_writes = {
    [0x51] = "boot loader", [0x52] = "bad-block table", [0x61] = "flash", [0x62] = "flash",
    [0x64] = "eMMC's reset pin", [0x7b] = "register", [0x7d] = "register", [0x7f] = "register",
    [0x81] = "flash", [0x82] = "flash", [0x89] = "partition table", [0x8d] = "OTP area",
    [0x8e] = "OTP lock", [0x9c] = "OTP area", [0x9d] = "OTP lock", [0xa0] = "download bit",
    [0xa1] = "partition table", [0xa4] = "partition table", [0xa8] = "download information",
    [0xa9] = "partition table", [0xab] = "partition table", [0xb2] = "flash", [0xb3] = "flash",
    [0xb8] = "flash", [0xba] = "flash", [0xbb] = "ROM information", [0xd4] = "flash",
    [0xd5] = "flash", [0xd7] = "register", [0xdc] = "boot loader", [0xde] = "flash",
    [0xe4] = "flash", [0xe7] = "flash", [0xec] = "OTP area", [0xed] = "OTP lock",
    [0xf4] = "flash", [0xf6] = "flash", [0xf8] = "flash", [0xf9] = "flash", [0xfa] = "flash",
    [0xfd] = "flash",
  }
  names.agent_status = {
    [0] = "ok", [0xbc0] = "DRAM not supported", [0xbc2] = "RAM not accessible",
    [0xbc3] = "RAM does not work", [0xbc4] = "not found", [0xbc7] = "no NOR flash",
    [0xbc8] = "no NAND flash",
  }
  names.storage = { [0] = "NOR", [1] = "NAND", [2] = "eMMC", [3] = "SD", [4] = "UFS" }
  names.parts = { "boot 1", "boot 2", "RPMB", "GP 1", "GP 2", "GP 3", "GP 4", "user" }
  names.speeds = { [0] = "full speed", [1] = "high speed", [2] = "super speed" }
  names.marks = {
    [0x5a] = "ack", [0xa5] = "nack", [0x69] = "continue", [0x96] = "stop",
    [0xbb] = "unknown command",
  }

  mtk.names = names
end

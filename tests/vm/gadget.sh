# A CDC-ACM device that the kernel itself plays, exported by the kernel's own usbipd: what our USB/IP
# client and the virtual machine are held against without any code of ours on the device's side.
# Sourced by scenarios; bash. What the host writes comes out of /dev/ttyGS0 and the other way round.
# shellcheck shell=bash

gadget=/sys/kernel/config/usb_gadget/phone
kGadgetBusId=usbip-vudc.0

gadget_start() {  # TCP port of usbipd
  local module
  for module in usbip-vudc libcomposite usb_f_acm; do
    busybox modprobe "$module" || return 1
  done
  mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config || return 1
  mkdir -p "$gadget/strings/0x409" "$gadget/configs/c.1/strings/0x409" "$gadget/functions/acm.0" &&
    echo 0x0e8d >"$gadget/idVendor" &&
    echo 0x2000 >"$gadget/idProduct" &&
    echo 2 >"$gadget/bDeviceClass" &&
    echo 'MediaTek Inc' >"$gadget/strings/0x409/manufacturer" &&
    echo 'MT65xx Preloader' >"$gadget/strings/0x409/product" &&
    ln -sfn "$gadget/functions/acm.0" "$gadget/configs/c.1/acm.0" &&
    echo "$kGadgetBusId" >"$gadget/UDC" || return 1
  usbipd --device --tcp-port "$1" --pid=/run/usbipd.pid --daemon
}

gadget_stop() {
  kill "$(cat /run/usbipd.pid)"
  echo '' >"$gadget/UDC"
}

#include "traces/redact/imei.h"

#include <algorithm>

namespace mtkrig::traces {

bool IsImei(std::string_view digits) {
  const bool all_digits =
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits.size() == kImeiDigits && all_digits &&
         digits.back() == ImeiCheckDigit(digits.substr(0, kImeiDigits - 1));
}

// Makes the sum of all digits a multiple of ten, every other one being taken twice.
char ImeiCheckDigit(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = (digits[i] - '0') * (i % 2 == 1 ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

}  // namespace mtkrig::traces

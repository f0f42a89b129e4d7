/// The date and time of FAT and ZIP, taken as UTC since neither says where it was written.
///
/// ```
///  date  15         9 8     5 4       0     time  15    11 10        5 4        0
///       +------------+-------+---------+         +--------+-----------+----------+
///       | year - 1980| month |   day   |         |  hour  |  minute   | second/2 |
///       +------------+-------+---------+         +--------+-----------+----------+
/// ```
enum DOSTime {
  /// Seconds since 1970-01-01, or nil where the fields are no date and time.
  static func secondsSinceEpoch(date: UInt16, time: UInt16) -> Int64? {
    let year = Int64(date >> 9) + 1980
    let month = Int64(date >> 5 & 0xF)
    let day = Int64(date & 0x1F)
    let hour = Int64(time >> 11)
    let minute = Int64(time >> 5 & 0x3F)
    let second = Int64(time & 0x1F) * 2
    guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else {
      return nil
    }
    return ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  }

  /// Days since 1970-01-01 in the Gregorian calendar, for years from 1970 on.
  ///
  /// Years are counted from March, so that the leap day comes last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shiftedYear = month > 2 ? year : year - 1
    let shiftedMonth = (month + 9) % 12
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
    let leapDays = shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400
    return shiftedYear * 365 + leapDays + dayOfYear - 719_468
  }
}

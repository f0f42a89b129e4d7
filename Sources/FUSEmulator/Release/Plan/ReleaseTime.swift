/// A moment in UTC, to the second, in the notations that a release needs.
struct ReleaseTime: Equatable {
  /// Since 1970.
  let seconds: Int

  /// `month` and `day` count from 1.
  init(year: Int, month: Int, day: Int, secondOfDay: Int) {
    // Days since 1970 in the Gregorian calendar, its years taken from March so that the leap day comes last.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    seconds = days * 86400 + secondOfDay
  }

  init(seconds: Int) {
    self.seconds = seconds
  }

  func adding(days: Int) -> ReleaseTime {
    ReleaseTime(seconds: seconds + days * 86400)
  }

  /// Year, month, day, hour, minute, second.
  private var fields: [Int] {
    let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86400)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let year = yearOfEra + era * 400 + (month > 9 ? 1 : 0)
    return [year, month > 9 ? month - 9 : month + 3, day, rest / 3600, rest / 60 % 60, rest % 60]
  }

  /// `20210928113735`
  var digits: String {
    fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
  }

  /// `2021/09/28 11:37:35`
  var text: String {
    let parts = fields.map { $0 < 10 ? "0\($0)" : "\($0)" }
    return parts[..<3].joined(separator: "/") + " " + parts[3...].joined(separator: ":")
  }

  /// As MS-DOS and ZIP write it: the date in the high 16 bits, the time, to two seconds, in the low.
  var dosTimestamp: UInt32 {
    let fields = fields.map(UInt32.init)
    let date = (fields[0] - 1980) << 9 | fields[1] << 5 | fields[2]
    return date << 16 | fields[3] << 11 | fields[4] << 5 | fields[5] / 2
  }
}

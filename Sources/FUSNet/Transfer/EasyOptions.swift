import CCurl

/// Sets options of one libcurl handle and remembers whether all were accepted.
/// The corresponding C function is `curl_easy_setopt`.
@safe
struct EasyOptions {
  private let easy: UnsafeMutableRawPointer
  private(set) var areAccepted = true

  init(_ easy: UnsafeMutableRawPointer) { unsafe self.easy = easy }

  mutating func set(_ option: CURLoption, _ value: Int) {
    note(unsafe fus_easy_set_long(easy, option, value))
  }

  mutating func set(_ option: CURLoption, _ value: String) {
    note(unsafe fus_easy_set_string(easy, option, value))
  }

  @unsafe
  mutating func set(_ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?) {
    note(unsafe fus_easy_set_list(easy, option, list))
  }

  /// Has libcurl call the `Transfer` that `context` points to, which must live as long as the handle.
  @unsafe
  mutating func setFunctions(context: UnsafeMutableRawPointer) {
    note(
      unsafe fus_easy_set_header_function(
        easy,
        { line, size, count, context in
          guard let context = unsafe context else { return 0 }
          let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          let line = unsafe UnsafeRawBufferPointer(start: line, count: size * count)
          return unsafe transfer.receive(headLine: line) ? line.count : 0
        }, context))
    note(
      unsafe fus_easy_set_body_function(
        easy,
        { bytes, size, count, context in
          guard let context = unsafe context else { return 0 }
          let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          let body = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
          return unsafe transfer.receive(body: body) ? body.count : 0
        }, context))
    note(
      unsafe fus_easy_set_connected_function(
        easy,
        { context, _, _, _, _ in
          guard let context = unsafe context else { return CURL_PREREQFUNC_ABORT }
          unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().connected()
          return CURL_PREREQFUNC_OK
        }, context))
  }

  private mutating func note(_ status: CURLcode) {
    if status != CURLE_OK { areAccepted = false }
  }
}

/// What `fus-emulator --help` prints.
public enum Usage {
  public static let version = "fus-emulator 0.1.0"

  public static let text = """
    Samsung's firmware update servers on this machine, for tests: strict, and faulty on demand.

    usage: fus-emulator serve [--port N] --release DIR [--release DIR]… [options]
           fus-emulator make-release DIR --model M --region R --version V --size MiB|--package ZIP [options]
           fus-emulator --help | --version

    serve listens on 127.0.0.1, prints its URL when ready and runs until SIGTERM or SIGINT.
    All of the servers' hosts are this one: control, bulk, and /firmware/REGION/MODEL/version.xml.

      --port N               the port; 0, the default, takes any
      --release DIR          a release made by make-release; of one model and region, the first is the latest
      --kies kies1|kies2     what the kies endpoints speak to clients without X-FUS-Protocol-Ver (kies2);
                             with the header 2.0 it is kies3
      --lapse-after SECONDS  an authorisation lapses this long after its GenerateNonce: 401 until a new one
      --lapse-bytes N        an authorisation lapses when this many bytes were asked for under it
      --latency MS           waited before every answer
      --rate N               bytes per second of each connection
      --parallel N           more GETs of firmware at once are answered 429 with Retry-After: 1
      --rotate-nonce never|init|every
                             a new NONCE on Init's reply, or on every reply of a session (alone: init)
      --fault FAULT          a fault on demand; may come again, the first that fits a request strikes it

    Sizes take K, M, G; times take ms, s, m.

    FAULT is KIND[:ARGUMENT][@WHERE][xCOUNT]. WHERE is nonce, history (version.xml too), inform, init, data or
    tail (a GET that touches the last 64 KiB); where none is said the first of those listed below. COUNT is how
    often, endlessly where nothing is said. A fault strikes requests that would have been answered well.

      anywhere (data)        500 502 503[:SECONDS of Retry-After] 504 401 403 405
                             reset[:BYTES]   the connection is reset after so many bytes, half where none is said
                             short           the body ends at its half, behind a Content-Length for all of it
                             short:honest    the same with a true Content-Length
                             stall[:BYTES]   nothing more comes after so many bytes
                             flip[:COUNT]    so many bytes of the body (1) are inverted
                             html            a page for people, with status 200
                             redirect[:URL]  302 to another address (port 9 of this machine)
                             gzip            Content-Encoding: gzip, though nobody asked for it
                             headers         a megabyte of headers
                             drip[:N]        so many bytes (1) a second
      data, tail             ignore-range    200 with the whole file
                             wrong-range     Content-Range is one byte off
                             wrong-total     Content-Range names another size
      inform, init,          401:body 403:body 405:body   the status inside a message with HTTP status 200
      nonce, history         not-xml truncated-xml
                             entities        a DTD with entities that unfold to gigabytes
                             huge            100 MB inside the message
      inform                 other-version[:VERSION]      an answer for another version than asked
                             bad-size[:SIZE]              BINARY_BYTE_SIZE is SIZE (-1)
                             bad-name[:slash|dots|nul|member]   BINARY_NAME, or a member's name, is hostile

    While it runs, tests talk to it on the same port:
      GET  /emulator/counters         requests, statuses, faults that struck, ranges, bytes_sent, active, as
                                      JSON
      POST /emulator/counters/reset   counters and refusals begin anew
      POST /emulator/set              lines option=value: the options above without dashes (nothing or off takes
                                      a limit away, fault= clears all faults), latest=VERSION, withdraw=VERSION
      GET  /emulator/refusals         why requests were refused, as a JSON list of sentences
      GET  /emulator/secrets          the cookies, nonces and signatures of all sessions, as a JSON list
      GET  /emulator/files/           the packages as plain files with ranges, for programs that know nothing of FUS:
                                      a page of links, and /emulator/files/NAME; also HEAD

    """
}

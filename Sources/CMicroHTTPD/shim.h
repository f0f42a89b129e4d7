// libmicrohttpd, and what Swift cannot import of it: variadic functions and macros with casts.
#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

// Starts a daemon with one thread per connection on 127.0.0.1; port 0 takes any free one.
// NULL when the port cannot be had.
static inline struct MHD_Daemon *fusfs_mhd_start(
    uint16_t port, MHD_AccessHandlerCallback answer, void *answer_context,
    void *(*begin)(void *context, const char *target, struct MHD_Connection *connection), void *begin_context,
    MHD_RequestCompletedCallback completed, void *completed_context) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return MHD_start_daemon(
      MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, port, NULL, NULL, answer,
      answer_context, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, begin,
      begin_context, MHD_OPTION_NOTIFY_COMPLETED, completed, completed_context, MHD_OPTION_CONNECTION_LIMIT, 4096u,
      MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_THREAD_STACK_SIZE, (size_t)(512 * 1024), MHD_OPTION_END);
}

// The port that the daemon listens on, 0 when it cannot tell.
static inline uint16_t fusfs_mhd_port(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info ? info->port : 0;
}

// The connection's socket, -1 when it cannot tell.
static inline int fusfs_mhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

// What a content reader returns to end a body early, closing the connection.
static inline ssize_t fusfs_mhd_end_with_error(void) { return MHD_CONTENT_READER_END_WITH_ERROR; }

// Cuts the TCP connection with a reset: dissolving a connected socket's association aborts it.
static inline void fusfs_tcp_reset(int socket) {
  struct sockaddr unspecified;
  memset(&unspecified, 0, sizeof unspecified);
  unspecified.sa_family = AF_UNSPEC;
  connect(socket, &unspecified, sizeof unspecified);
}

// Bytes that the peer has acknowledged since the connection began.
//   struct tcp_info:  8 × u8 | 24 × u32 | pacing rate u64 | greatest pacing rate u64 | acknowledged u64 | …
static inline uint64_t fusfs_tcp_acknowledged(int socket) {
  unsigned char info[128];
  socklen_t length = sizeof info;
  uint64_t acknowledged = 0;
  if (getsockopt(socket, IPPROTO_TCP, 11 /* TCP_INFO */, info, &length) == 0 && length >= 128)
    memcpy(&acknowledged, info + 120, sizeof acknowledged);
  return acknowledged;
}

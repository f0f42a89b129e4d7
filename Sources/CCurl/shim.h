// libcurl, and what Swift cannot import of it: variadic functions, one wrapper for each type of argument.
#pragma once
#include <curl/curl.h>

static inline CURLcode fus_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fus_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fus_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

// The function that gets body bytes (CURLOPT_WRITEFUNCTION) and the value it is given.
static inline CURLcode fus_easy_set_body_function(CURL *easy, curl_write_callback function, void *context) {
  CURLcode status = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, function);
  return status != CURLE_OK ? status : curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

// The function that gets header lines (CURLOPT_HEADERFUNCTION) and the value it is given.
static inline CURLcode fus_easy_set_header_function(CURL *easy, curl_write_callback function, void *context) {
  CURLcode status = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, function);
  return status != CURLE_OK ? status : curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
}

// The function called once connected, before the request is sent (CURLOPT_PREREQFUNCTION), and its value.
static inline CURLcode fus_easy_set_connected_function(CURL *easy, curl_prereq_callback function, void *context) {
  CURLcode status = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, function);
  return status != CURLE_OK ? status : curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
}

static inline CURLMcode fus_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

/* A request's head; what comes of its fields is written as an answer. */
#include <assert.h>
#include <string.h>

#include "parsers/http_head.h"
#include "parsers/http_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char head[4096], answer[4096];
    struct http_request_head request;
    struct http_head parsed;
    struct error error;
    size_t len = size < sizeof(head) ? size : sizeof(head);

    if (len)
        memcpy(head, data, len);
    if (http_request_parse(head, len, &request, &error) != OK)
        return 0;
    assert(request.count <= HTTP_FIELDS_MAX && request.target[0] == '/');
    len = http_response_write(200, request.fields, request.count, answer, sizeof(answer));
    assert(len < sizeof(answer));
    if (!len)
        return 0;
    assert(http_head_end((struct bytes){(uint8_t *)answer, len}) == len);
    (void)!http_head_parse((uint8_t *)answer, len, &parsed, &error);
    return 0;
}

/** An answer of the vendor that is an error. */
export class ClaudeRefusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    more: { code?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = typeOf(status);
    this.code = more.code ?? null;
    this.headers = more.headers ?? {};
  }

  body(requestId: string): Record<string, unknown> {
    const details = this.code === null ? {} : { details: { error_code: this.code } };
    return {
      type: 'error',
      error: { type: this.type, message: this.message, ...details },
      request_id: requestId,
    };
  }
}

export function invalid(message: string): ClaudeRefusal {
  return new ClaudeRefusal(400, message);
}

/** Source: contract of Claude, section 5 */
function typeOf(status: number): string {
  const types: Record<number, string> = {
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    408: 'timeout_error',
    409: 'conflict_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    503: 'api_error',
    504: 'timeout_error',
    529: 'overloaded_error',
  };
  return types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

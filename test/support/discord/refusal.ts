/** An answer of Discord that is no success, as its REST interface words it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: Record<string, unknown> | undefined;
  readonly headers: Record<string, string>;
  /** Further fields of the body, for example `retry_after`. */
  readonly extra: Record<string, unknown>;

  constructor(
    status: number,
    code: number,
    message: string,
    more: {
      errors?: Record<string, unknown>;
      headers?: Record<string, string>;
      extra?: Record<string, unknown>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
    this.extra = more.extra ?? {};
  }

  body(): Record<string, unknown> {
    const { code, message, errors, extra } = this;
    return { message, code, ...(errors === undefined ? {} : { errors }), ...extra };
  }
}

type Problem = { path: readonly PropertyKey[]; message: string };

/** 50035 with Discord's nested `errors`. */
export function invalidBody(problems: readonly Problem[]): Refusal {
  const errors: Record<string, unknown> = {};
  for (const { path, message } of problems) {
    let place = errors;
    for (const part of path.length === 0 ? ['_misc'] : path) {
      const key = String(part);
      // Only objects are ever put into this tree under keys other than `_errors`.
      place[key] ??= {};
      place = place[key] as Record<string, unknown>;
    }
    const list = Array.isArray(place._errors) ? place._errors : [];
    place._errors = [...list, { code: 'BASE_TYPE_INVALID', message }];
  }
  return new Refusal(400, 50_035, 'Invalid Form Body', { errors });
}

export const unknown = {
  channel: () => new Refusal(404, 10_003, 'Unknown Channel'),
  message: () => new Refusal(404, 10_008, 'Unknown Message'),
  webhook: () => new Refusal(404, 10_015, 'Unknown Webhook'),
  interaction: () => new Refusal(404, 10_062, 'Unknown interaction'),
  application: () => new Refusal(404, 10_002, 'Unknown Application'),
  guild: () => new Refusal(404, 10_004, 'Unknown Guild'),
};

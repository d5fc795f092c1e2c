/** A call that Slack answers with `ok: false` and this error; `fields` stand beside it in the answer. */
export class SlackApiError extends Error {
  readonly error: string;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(error: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(`Slack refuses: ${error}`);
    this.name = 'SlackApiError';
    this.error = error;
    this.fields = fields;
  }
}

/** A refusal that says what is wrong at which place, as Slack does for blocks, views and arguments. */
export function refuse(error: string, messages: readonly string[]): SlackApiError {
  return new SlackApiError(error, { response_metadata: { messages } });
}

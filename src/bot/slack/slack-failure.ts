import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import {
  BusinessFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';

/** Slack itself is in trouble, or asks to wait. */
const passing = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'accesslimited',
]);

const deadTokens = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'user_removed_from_team',
  'team_disabled',
  'not_allowed_token_type',
  'org_login_required',
]);

/** What a person must mend, in one sentence each. */
const mendable: Readonly<Record<string, string>> = {
  missing_scope:
    'The Slack app lacks a permission; compare its scopes with deploy/slack-manifest.json and install it again.',
  no_permission:
    'Slack does not permit the app to do this; install it again with deploy/slack-manifest.json.',
  not_in_channel: 'The Slack app is not in its channel; type /invite @kaggle there.',
  channel_not_found:
    'Slack does not know the configured channel, or it is private; check SLACK_CHANNEL and type /invite @kaggle there.',
  is_archived: 'The configured Slack channel is archived; unarchive it or set SLACK_CHANNEL to another one.',
  forbidden_team: 'The Slack workspace does not permit this app; ask an admin of the workspace.',
  team_access_not_granted: 'The Slack app may not act in this workspace; ask an admin of the workspace.',
  ekm_access_denied: 'The Slack workspace denies the app access for now; ask an admin of the workspace.',
  not_enabled: "The Slack app's Home tab is switched off; switch it on as deploy/slack-manifest.json does.",
};

/** @returns Slack's word for what was wrong; null where it did not get to say one */
export function slackErrorOf(error: unknown): string | null {
  if (error instanceof WebAPIPlatformError) return error.data.error;
  return error instanceof Failure && typeof error.details.slack === 'string' ? error.details.slack : null;
}

/** True where the tokens are worth nothing (any more). */
export function isTokenDead(error: unknown): boolean {
  return deadTokens.has(slackErrorOf(error) ?? '');
}

/** What Slack's client libraries throw, as one of our four kinds. */
export function slackFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof WebAPIPlatformError) return platformFailure(error);
  if (error instanceof WebAPIRateLimitedError) return busy(error.retryAfter * 1_000, error);
  if (error instanceof WebAPIHTTPError) {
    if (error.statusCode >= 500 || error.statusCode === 408) {
      return new TransientFailure('Slack is in trouble right now; it is tried again by itself.', {
        code: 'slack.unavailable',
        cause: error,
        details: { status: error.statusCode },
      });
    }
    return new BusinessFailure(`Slack refused the call with HTTP ${error.statusCode}.`, {
      code: 'slack.refused',
      cause: error,
      details: { status: error.statusCode },
    });
  }
  if (error instanceof WebAPIRequestError) return unreachable(error);
  if (error instanceof Error && /rate.?limit|retry-after/i.test(error.message)) return busy(undefined, error);
  if (error instanceof Error && (error.name === 'TimeoutError' || error instanceof TypeError)) {
    return unreachable(error);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new SystemFailure(message, { code: 'slack.unexpected', cause: error });
}

function platformFailure(error: WebAPIPlatformError): Failure {
  const name = error.data.error;
  const details = { slack: name, messages: error.data.response_metadata?.messages ?? [] };
  if (deadTokens.has(name)) {
    return new ConfigurationFailure(
      'Slack does not accept the token (any more); set SLACK_BOT_TOKEN and SLACK_APP_TOKEN anew.',
      { code: 'slack.token_refused', cause: error, details },
    );
  }
  const retryAfterSeconds = error.data.response_metadata?.retryAfter;
  if (passing.has(name)) {
    return busy(retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000, error, details);
  }
  const words = mendable[name] ?? (name.startsWith('restricted_action') ? restricted : undefined);
  if (words !== undefined) {
    const scope = name === 'missing_scope' ? { needed: Reflect.get(error.data, 'needed') } : {};
    return new ConfigurationFailure(words, {
      code: `slack.${name}`,
      cause: error,
      details: { ...details, ...scope },
    });
  }
  return new BusinessFailure(`Slack refused the message (${name.slice(0, 80)}).`, {
    code: 'slack.refused',
    cause: error,
    details,
  });
}

const restricted =
  "The workspace's settings keep the Slack app from posting there; ask an admin of the workspace.";

function busy(retryAfterMs: number | undefined, cause: unknown, details: Record<string, unknown> = {}) {
  return new TransientFailure('Slack asks to wait; it is tried again by itself.', {
    code: 'slack.rate_limited',
    retryAfterMs,
    cause,
    details: { ...details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

function unreachable(cause: unknown) {
  return new TransientFailure('Slack does not answer; it is tried again by itself.', {
    code: 'slack.unreachable',
    cause,
  });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from './version.ts';

/** What an operator creates the Slack app from; its path in the checkout. */
export const slackManifestFile = join(projectRoot, 'deploy/slack-manifest.json');

const manifestSchema = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
});

/** What the manifest asks for and the app was not given; null for `granted`: Slack did not tell. */
export function missingSlackScopes(granted: readonly string[] | null): string[] {
  if (granted === null) return [];
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(slackManifestFile, 'utf8')));
  return manifest.oauth_config.scopes.bot.filter((scope) => !granted.includes(scope));
}

export function scopeWarning(missing: readonly string[]): { message: string; next: string } {
  return {
    message: `the Slack app lacks the scopes ${missing.join(', ')}, so some of what it does will fail`,
    next: 'paste deploy/slack-manifest.json into its App Manifest again, then Reinstall to Workspace',
  };
}

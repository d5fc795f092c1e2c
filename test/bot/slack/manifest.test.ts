import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

/** Limits of Slack's own types for manifests. Source: @slack/web-api `types/request/manifest.d.ts`. */
const manifestSchema = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(1), minor_version: z.literal(1) }),
  display_information: z.strictObject({
    name: z.string().max(35),
    description: z.string().max(140),
    long_description: z.string().min(174).max(4_000),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.literal(true),
      messages_tab_enabled: z.literal(true),
      messages_tab_read_only_enabled: z.literal(false),
    }),
    bot_user: z.strictObject({
      display_name: z
        .string()
        .max(80)
        .regex(/^[a-z0-9-_.]+$/),
      always_online: z.boolean(),
    }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().max(32).startsWith('/'),
          description: z.string().max(2_000),
          usage_hint: z.string().max(1_000),
          should_escape: z.literal(true),
        }),
      )
      .max(50),
    shortcuts: z
      .array(
        z.strictObject({
          name: z.string().max(24),
          type: z.enum(['global', 'message']),
          callback_id: z.string().max(255),
          description: z.string().max(150),
        }),
      )
      .max(10),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()).max(255) }) }),
  settings: z.strictObject({
    interactivity: z.strictObject({ is_enabled: z.literal(true) }),
    event_subscriptions: z.strictObject({ bot_events: z.array(z.string()).max(100) }),
    socket_mode_enabled: z.literal(true),
    org_deploy_enabled: z.literal(false),
    token_rotation_enabled: z.literal(false),
  }),
});

const root = join(import.meta.dirname, '../../..');
const manifest = manifestSchema.parse(
  JSON.parse(readFileSync(join(root, 'deploy/slack-manifest.json'), 'utf8')),
);

/** The scope that each method of ours needs. Source: docs.slack.dev, the methods' own pages. */
const scopesOfMethods: Readonly<Record<string, readonly string[]>> = {
  'chat.postMessage': ['chat:write', 'chat:write.public'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.join': ['channels:join'],
  'conversations.open': ['im:write'],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
  'pins.add': ['pins:write'],
  'users.info': ['users:read'],
  'usergroups.users.list': ['usergroups:read'],
  'views.open': [],
  'views.update': [],
  'views.publish': [],
  'auth.test': [],
  'apps.connections.open': [],
};

test('the manifest is one that Slack takes, inside its limits', () => {
  expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/kaggle']);
  expect(manifest.features.shortcuts.map(({ callback_id }) => callback_id)).toEqual(['start_competition']);
  expect(new Set(manifest.oauth_config.scopes.bot).size).toBe(manifest.oauth_config.scopes.bot.length);
});

test('the manifest asks for the scope of every method and for nothing else', () => {
  const needed = new Set(['commands', 'app_mentions:read', 'files:read']);
  for (const scopes of Object.values(scopesOfMethods)) for (const scope of scopes) needed.add(scope);

  expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...needed].sort());
});

test('the manifest subscribes to every event that the app listens to', () => {
  const source = readFileSync(join(root, 'src/bot/slack/listeners.ts'), 'utf8');
  const heard = [...source.matchAll(/app\.event\('(\w+)'/g)].map(([, name]) => name ?? '');

  expect(heard.length).toBeGreaterThan(3);
  expect(heard.map((name) => (name === 'message' ? 'message.im' : name)).sort()).toEqual(
    [...manifest.settings.event_subscriptions.bot_events].sort(),
  );
});

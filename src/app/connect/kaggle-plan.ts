import type { Config, KaggleAccess } from '../../config/load.ts';
import { createSecret } from '../../config/secret.ts';
import { readKaggleAccount } from '../kaggle-account.ts';
import type { ConnectPlan, ConnectStep } from './contract.ts';

/** The real Kaggle: one token, or the older pair that is set already. */
export function kagglePlan({ config }: { config: Config }): ConnectPlan {
  const { access, baseUrl } = config.kaggle;
  const pair = access?.kind === 'basic' ? access : null;
  return {
    title: 'Kaggle',
    guide: [
      '1. Open https://www.kaggle.com/settings/api: Generate New Token, copy it.',
      '2. It switches the real Kaggle on; rules of competitions stay yours to accept. More: docs/how-to/real-kaggle.md',
    ],
    steps: pair === null ? [tokenStep(baseUrl)] : [pairStep(baseUrl, pair)],
    next: ['accept the rules of a competition in your browser, then npm start and /kaggle start <slug>'],
  };
}

function tokenStep(baseUrl: string): ConnectStep {
  return {
    env: 'KAGGLE_API_TOKEN',
    isSecret: true,
    question: 'API token, from kaggle.com/settings/api',
    read: ({ kaggle: { access } }) => (access?.kind === 'bearer' ? access.token.reveal() : null),
    async test({ KAGGLE_API_TOKEN = '' }, signal) {
      const token = createSecret(KAGGLE_API_TOKEN);
      return `real Kaggle as ${await readKaggleAccount({ baseUrl, access: { kind: 'bearer', token } }, signal)}`;
    },
  };
}

function pairStep(baseUrl: string, pair: Extract<KaggleAccess, { kind: 'basic' }>): ConnectStep {
  return {
    env: 'KAGGLE_KEY',
    isSecret: true,
    question: `API key of ${pair.username}`,
    read: () => pair.key.reveal(),
    async test({ KAGGLE_KEY = '' }, signal) {
      const access = { ...pair, key: createSecret(KAGGLE_KEY) };
      return `real Kaggle as ${await readKaggleAccount({ baseUrl, access }, signal)}`;
    },
  };
}

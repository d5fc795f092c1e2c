import { optionalSetting, setting } from './setting.ts';
import { httpUrl, secret, text } from './value-schemas.ts';

export const tracking = {
  wandbKey: optionalSetting({
    env: 'WANDB_API_KEY',
    schema: secret(),
    isSecret: true,
    example: 'wandb_v1_…',
    description:
      'Key of Weights & Biases, from wandb.ai/authorize. It stays with the agent: no training machine sees it.',
    switchesOn: 'Training runs are shown at Weights & Biases, with links in the chats.',
  }),
  wandbEntity: optionalSetting({
    env: 'WANDB_ENTITY',
    schema: text(),
    example: 'my-team',
    description: 'User or team that the runs belong to. Unset: the default of the key.',
  }),
  wandbProject: setting({
    env: 'WANDB_PROJECT',
    schema: text(),
    default: 'kaggle-agent',
    example: 'kaggle-agent',
    description: 'Project for the runs; it is made if it is missing.',
  }),
  wandbUrl: setting({
    env: 'WANDB_BASE_URL',
    schema: httpUrl(),
    default: 'https://api.wandb.ai',
    example: 'https://wandb.example.com',
    description: 'Where the API of Weights & Biases is called: another address for a server of your own.',
  }),
};

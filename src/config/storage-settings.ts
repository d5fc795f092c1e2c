import { optionalSetting, setting } from './setting.ts';
import { flag, httpUrl, secret, text } from './value-schemas.ts';

/** S3, or anything that speaks its protocol. */
export const storage = {
  bucket: optionalSetting({
    env: 'S3_BUCKET',
    schema: text(),
    example: 'kaggle-agent',
    description: 'Bucket for data, code, models and submissions. `kaggle-agent setup storage` prepares it.',
    switchesOn: 'Objects lie in that bucket instead of the data folder.',
  }),
  endpoint: optionalSetting({
    env: 'S3_ENDPOINT',
    schema: httpUrl(),
    example: 'https://minio.example.org:9000',
    description: 'Address of a server that speaks the S3 protocol, such as MinIO. Unset: Amazon S3.',
  }),
  region: setting({
    env: 'S3_REGION',
    schema: text(),
    default: 'us-east-1',
    example: 'eu-central-1',
    description: 'Region of the bucket.',
  }),
  accessKeyId: optionalSetting({
    env: 'AWS_ACCESS_KEY_ID',
    schema: secret(),
    isSecret: true,
    example: 'AKIA…',
    description:
      'Access key for the bucket; used only while S3_BUCKET is set. Unset: what the machine itself may do (its profile or role).',
  }),
  secretAccessKey: optionalSetting({
    env: 'AWS_SECRET_ACCESS_KEY',
    schema: secret(),
    isSecret: true,
    example: '0123456789abcdef0123456789abcdef',
    description: 'Secret key that belongs to AWS_ACCESS_KEY_ID.',
  }),
  sessionToken: optionalSetting({
    env: 'AWS_SESSION_TOKEN',
    schema: secret(),
    isSecret: true,
    example: '0123456789abcdef0123456789abcdef',
    description: 'Session token that belongs to AWS_ACCESS_KEY_ID, for temporary keys.',
  }),
  forcePathStyle: optionalSetting({
    env: 'S3_FORCE_PATH_STYLE',
    schema: flag(),
    example: 'true',
    description:
      'Puts the bucket into the path of an address instead of its host name. Unset: true where S3_ENDPOINT is set.',
  }),
};

import { aBucket } from '../../support/s3/a-bucket.ts';
import { testStore } from './store-contract.ts';

testStore('S3', aBucket);

declare module '@20minutes/s3rver' {
  /** What the tests use of it. */
  class S3rver {
    constructor(options: {
      address: string;
      port: number;
      directory: string;
      silent: boolean;
      configureBuckets: { name: string }[];
    });
    run(): Promise<{ port: number }>;
    close(): Promise<void>;
  }
  // biome-ignore lint/style/noDefaultExport: a CommonJS module, as Node hands it on
  export default S3rver;
}

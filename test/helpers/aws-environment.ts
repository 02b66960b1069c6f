// Directs the AWS SDK of this process, and of its children, to a server of a test.

/** The credentials of the tests. No message, log or object may contain them. */
export const secrets = ['AKIATESTKEYTESTKEY00', 'secretsecretsecretsecretsecretsecret0000'] as const;

/** Sets the environment; `restore` gives back what it was. */
export function setAwsEnvironment(url: string): {
  readonly environment: Readonly<Record<string, string>>;
  readonly restore: () => void;
} {
  const environment = {
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: secrets[0],
    AWS_SECRET_ACCESS_KEY: secrets[1],
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, environment);
  return {
    environment,
    restore: () => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
}

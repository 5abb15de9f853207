// What the tests want of Sentry's own client: send what they compare with ours, or read an envelope with its parser.
//
//   node sentry.cjs DIRECTORY send DSN         one error with its cause, a breadcrumb and tags
//   node sentry.cjs DIRECTORY limited DSN      one error, then four more once it has been answered
//   node sentry.cjs DIRECTORY parse FILE       prints an envelope as JSON
//
// DIRECTORY is where npm has installed the packages of package.json.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const [directory, mode, argument] = process.argv.slice(2);
const load = createRequire(`${directory}/package.json`);

function init() {
  const sentry = load('@sentry/node');
  sentry.init({ dsn: argument, environment: 'staging', release: 'releaseserver@1.2.3', serverName: 'dist-3', defaultIntegrations: false,
    integrations: [sentry.linkedErrorsIntegration()] });
  return sentry;
}

function failingOuter() {
  try {
    throw new TypeError('inner');
  } catch (cause) {
    return new Error('outer', { cause });
  }
}

async function send() {
  const sentry = init();
  sentry.addBreadcrumb({ category: 'retry', message: 'second try', level: 'warning', data: { attempt: '2' } });
  sentry.withScope((scope) => {
    scope.setTag('route', '/dist/');
    scope.setFingerprint(['bucket-down', 's3 releases']);
    scope.setLevel('error');
    sentry.captureException(failingOuter());
  });
  await sentry.flush(5000);
}

async function limited() {
  const sentry = init();
  sentry.captureException(new Error('first'));
  await sentry.flush(5000);
  for (let i = 0; i < 4; i++) {
    sentry.captureException(new Error(`limited ${i}`));
  }
  await sentry.close(5000);
}

function parse() {
  const [header, items] = load('@sentry/core').parseEnvelope(new Uint8Array(readFileSync(argument)));
  // What has its length said comes as bytes.
  const read = items.map(([itemHeader, content]) => [itemHeader, content instanceof Uint8Array ? JSON.parse(Buffer.from(content)) : content]);
  process.stdout.write(JSON.stringify({ header, items: read }));
}

({ send, limited, parse })[mode]();

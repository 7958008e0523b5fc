// Verifies an event by the Standard Webhooks form, with Node alone. Use the body as it came, byte for byte.
//   node verify_webhook.mjs SECRET WEBHOOK_ID WEBHOOK_TIMESTAMP WEBHOOK_SIGNATURE < body
// With the library: new Webhook(secret).verify(body, headers) of the package standardwebhooks
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function verify(secret, id, timestamp, signatures, body, tolerance = 300) {
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > tolerance) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  // While a secret is exchanged there are two signatures.
  return signatures.split(' ').filter((part) => part.startsWith('v1,')).some((part) => {
    const given = Buffer.from(part.slice(3), 'base64');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

const [secret, id, timestamp, signatures] = process.argv.slice(2);
const valid = verify(secret, id, timestamp, signatures, readFileSync(0));
console.log(valid ? 'valid' : 'forged or too old');
process.exit(valid ? 0 : 1);

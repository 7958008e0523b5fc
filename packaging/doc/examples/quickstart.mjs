// Connects a system, asks how it is, sends a request through it. Node 18 or newer, nothing to install.
//   JUNCTIONBOX=https://junctionbox.example KEY=jbx_… node quickstart.mjs
import { randomUUID } from 'node:crypto';

const { JUNCTIONBOX, KEY } = process.env;

class Problem extends Error {
  constructor(body) {
    super(`${body.code}: ${body.detail}`);
    Object.assign(this, { code: body.code, body });
  }
}

async function api(method, path, body) {
  const headers = { Authorization: `Bearer ${KEY}` };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    // The same key with a repeated request: what was made once is not made twice.
    headers['Idempotency-Key'] = `"${randomUUID()}"`;
  }
  const answer = await fetch(JUNCTIONBOX + path, { method, headers, body: body && JSON.stringify(body) });
  // The connected system's own answer carries this header; every other failure is a problem of Junctionbox.
  if (!answer.ok && !answer.headers.get('Junctionbox-Upstream')) throw new Problem(await answer.json());
  return answer.json();
}

const customer = await api('POST', '/api/v1/customers', { name: 'Hohenfels Maschinenbau' });
const connection = await api('POST', '/api/v1/connections', {
  customer_id: customer.id,
  // The sandbox needs no credentials; for SAP ECC: 'sap-ecc' and { scheme: 'basic', username: …, password: … }
  system: 'sandbox',
  hosting: 'cloud',
  base_url: 'https://sandbox.example',
  auth: { scheme: 'none' },
});
const path = `/api/v1/connections/${connection.id}`;
console.log('connected:', connection.id);
console.log('answered:', await api('GET', `${path}/proxy/orders?top=1`));

await api('POST', `${path}/simulate`, { status: 'reauthorization_required' });
try {
  await api('GET', `${path}/proxy/orders`);
} catch (problem) {
  if (problem.code !== 'reauthorization_required') throw problem;
  console.log('the customer signs in again at:', problem.body.reconnect_url);
}
await api('POST', `${path}/simulate`, { status: 'active' });
console.log('status:', (await api('GET', `${path}/status`)).status);

/**
 * Brings a file to a server by tus-js-client: aborted after some parts, taken up again, and brought to its end. For
 * `tests/tus/clients.py`, which gives the address, the token, the ids and the path as JSON on the standard input.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

import { Upload } from 'tus-js-client';

const MIB = 1024 * 1024;
const given = JSON.parse(readFileSync(0, 'utf8'));
const { url, access, conversation, id, path } = given;
const bytes = readFileSync(path);

/**
 * Brings parts until so many bytes are there; answers with the upload.
 *
 * @param {Partial<import('tus-js-client').UploadOptions>} options
 * @param {number} until
 * @returns {Promise<Upload>}
 */
function bring(options, until) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `${url}/v1/attachments`,
      headers: { Authorization: `Bearer ${access}` },
      metadata: { id, conversation, filename: path.split('/').pop() },
      chunkSize: MIB,
      retryDelays: [0],
      onError: reject,
      onSuccess: () => resolve(upload),
      onChunkComplete: (_part, accepted) => {
        if (accepted >= until) void upload.abort().then(() => resolve(upload), reject);
      },
      ...options,
    });
    upload.start();
  });
}

const first = await bring({}, 2 * MIB);
// The rest in one request.
const second = await bring({ uploadUrl: first.url, chunkSize: Infinity }, Infinity);
process.exit(second.url === first.url ? 0 : 1);

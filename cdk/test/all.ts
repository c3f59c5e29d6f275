/** Every test, in one process: each template is made once. */
import './base.test.ts';
import './canary.test.ts';
import './chosen.test.ts';
import './config.test.ts';
import './deploy.test.ts';
import './functions.test.ts';
import './members.test.ts';
import './offline.test.ts';
import './package.test.ts';
import './pages.test.ts';
import './place.test.ts';
import './reading.test.ts';
import './response.test.ts';
import './roles.test.ts';
import './shape.test.ts';
import './snapshots.test.ts';
import './stacks.test.ts';

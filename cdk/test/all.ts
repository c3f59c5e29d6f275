/** Every test, in one process: templates are made once. */
import './chosen.test.ts';
import './config.test.ts';
import './deploy.test.ts';
import './offline.test.ts';
import './package.test.ts';
import './pages.test.ts';
import './place.test.ts';
import './response.test.ts';
import './roles.test.ts';
import './snapshots.test.ts';
import './stacks.test.ts';

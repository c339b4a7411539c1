import { registerByPreload } from './registration/register.js';

registerByPreload();

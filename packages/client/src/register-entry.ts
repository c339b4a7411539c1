import { register } from './registration/register.js';

register();

import { render } from 'preact';

render(<p>studio</p>, document.getElementById('page') as HTMLElement);

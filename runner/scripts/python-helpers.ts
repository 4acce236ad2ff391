/** Starts a Python script with the functions it may call.
 *  @see https://octopus.com/docs/deployments/custom-scripts/using-variables-in-scripts */
export const PYTHON_BOOTSTRAP = `import base64, json, os, runpy, sys

sys.dont_write_bytecode = True
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(encoding='utf-8', errors='surrogateescape')
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'variables.json'), encoding='utf-8') as file:
    octopusvariables = json.load(file)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'mark'), encoding='utf-8') as file:
    _mark = file.read()


def encode(value):
    return base64.b64encode(str(value).encode('utf-8')).decode('ascii')


def decode(value):
    return base64.b64decode(value).decode('utf-8')


def decrypt(value, iv=None):
    return decode(value)


def _message(_name, **properties):
    parts = ''.join(" %s='%s'" % (key, encode(value)) for key, value in properties.items())
    print('##octopus[%s%s%s]' % (_name, parts, _mark))


def get_octopusvariable(key):
    return octopusvariables.get(key, '')


def set_octopusvariable(name, value, sensitive=False):
    octopusvariables[name] = str(value)
    if sensitive:
        _message('setVariable', name=name, value=value, sensitive='True')
    else:
        _message('setVariable', name=name, value=value)


def createartifact(path, fileName=None):
    if fileName is None:
        fileName = os.path.basename(path)
    full = os.path.abspath(path)
    length = os.stat(full).st_size if os.path.isfile(full) else 0
    printverbose('Artifact %s will be collected from %s after this step completes' % (fileName, full))
    _message('createArtifact', path=full, name=fileName, length=length)


def updateprogress(progress, message=None):
    _message('progress', percentage=progress, message='' if message is None else message)


def failstep(message=None):
    if message is not None:
        _message('resultMessage', message=message)
    sys.exit(-1)


def _at(level, message):
    _message('stdout-' + level)
    print(message)
    _message('stdout-default')


def printverbose(message):
    _at('verbose', message)


def printhighlight(message):
    _at('highlight', message)


def printwait(message):
    _at('wait', message)


def printwarning(message):
    _at('warning', message)


_script = sys.argv[1]
sys.argv = sys.argv[1:]
sys.path.insert(0, os.getcwd())
sys.path.insert(0, os.path.dirname(os.path.abspath(_script)))
_helpers = (
    'octopusvariables', 'encode', 'decode', 'decrypt', 'get_octopusvariable', 'set_octopusvariable',
    'createartifact', 'updateprogress', 'failstep', 'printverbose', 'printhighlight', 'printwait', 'printwarning',
)
runpy.run_path(_script, init_globals={name: globals()[name] for name in _helpers}, run_name='__main__')
`

# SPDX-License-Identifier: MIT
"""The AWS CLI without its start, which takes three times as long as what tests set up with it.

    cli_server.py serve SOCKET      until its standard input ends
    cli_server.py SOCKET word ...   "aws word ..." there: with our streams, folder, environment and status
"""
import json
import os
import signal
import socket
import sys
import traceback


def answer(conn, create):
    message, fds, _, _ = socket.recv_fds(conn, 1 << 20, 3)
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    folder, environ, words = json.loads(message)
    os.chdir(folder)
    environ["AWS_DATA_PATH"] = os.environ["AWS_DATA_PATH"]  # set by awscli
    os.environ.clear()
    os.environ.update(environ)
    try:
        status = create().main(words)
    except SystemExit as e:
        status = e.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    conn.send(bytes([status & 255]))


def serve(path):
    import select
    import awscli.clidriver
    import awscli.customizations.s3.s3  # noqa: F401
    create = awscli.clidriver.create_clidriver
    create()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen(8)
    os.rename(path + ".new", path)
    while listener in select.select([0, listener], [], [])[0]:
        conn = listener.accept()[0]
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                answer(conn, create)
            except BaseException:  # or it would go on as the server
                traceback.print_exc()
            os._exit(0)
        conn.close()


def ask(path, words):
    conn = socket.socket(socket.AF_UNIX)
    conn.connect(path)
    socket.send_fds(conn, [json.dumps([os.getcwd(), dict(os.environ), words]).encode()], [0, 1, 2])
    return (conn.recv(1) or b"\xff")[0]


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    sys.exit(ask(sys.argv[1], sys.argv[2:]))

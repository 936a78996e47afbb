# The gateway, its page and the simulators; docs/docker.md.
FROM python:3.11.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.txt .
RUN python -m venv /opt/mbg-gateway \
 && /opt/mbg-gateway/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY drivers drivers
COPY gateway gateway
COPY api api
COPY simulators simulators
RUN /opt/mbg-gateway/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.11-slim-bookworm
# A fixed user id, so that a volume still belongs to it after a rebuild. The group dialout may open serial ports.
RUN useradd --system --uid 10001 --home-dir /var/lib/mbg-gateway --groups dialout mbg-gateway \
 && install -d -o mbg-gateway -g mbg-gateway -m 0750 /var/lib/mbg-gateway
COPY --from=build /opt/mbg-gateway /opt/mbg-gateway
COPY deploy/docker/healthy.py /opt/mbg-gateway/healthy.py
ENV PATH=/opt/mbg-gateway/bin:$PATH PYTHONUNBUFFERED=1
USER mbg-gateway
VOLUME /var/lib/mbg-gateway
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "/opt/mbg-gateway/healthy.py", "http://127.0.0.1:8080/api/health"]
ENTRYPOINT ["mbg-gateway"]
CMD ["run", "--config", "/etc/mbg-gateway/kitchen.yaml", "--data", "/var/lib/mbg-gateway"]

# What most first Dockerfiles for FunctionGraph look like.
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
ENV PORT=8080 GROU_NAME=app
EXPOSE 8080
CMD uvicorn main:app --host 127.0.0.1 --port $PORT
